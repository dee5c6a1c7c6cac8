import type { LoggerService } from '@nestjs/common';
import { pino } from 'pino';
import { framesOf, loggedError, printable } from './logged-error.js';

/**
 * The process's structured log. A line that concerns an order carries `orderId`. Personal data, tokens
 * and payment methods are never passed to it; the paths below are a second fence.
 * What may hold a client's text has a bound.
 */
export const log = pino({
  level: level(process.env['LOG_LEVEL']),
  base: { pid: process.pid },
  timestamp: pino.stdTimeFunctions.isoTime,
  formatters: { level: (label) => ({ level: label }) },
  serializers: { err: loggedError },
  redact: {
    paths: [
      'authorization',
      'Authorization',
      '*.authorization',
      '*.Authorization',
      'paymentMethod',
      '*.paymentMethod',
    ],
    censor: '[redacted]',
  },
});

/** readConfig() checks the variable; a wrong value must not break the log before that is told. */
function level(name: string | undefined): string {
  return name !== undefined && (name === 'silent' || name in pino.levels.values) ? name : 'info';
}

/** Nest's own lines in the same log, its start-up chatter at debug. */
export class NestLogger implements LoggerService {
  log(message: unknown, context?: string): void {
    log.debug({ context }, printable(String(message)));
  }
  debug(message: unknown, context?: string): void {
    log.debug({ context }, printable(String(message)));
  }
  verbose(message: unknown, context?: string): void {
    log.trace({ context }, printable(String(message)));
  }
  warn(message: unknown, context?: string): void {
    log.warn({ context }, printable(String(message)));
  }
  error(message: unknown, stack?: string, context?: string): void {
    log.error({ context, stack: framesOf({ stack }) }, printable(String(message)));
  }
  fatal(message: unknown, stack?: string, context?: string): void {
    log.fatal({ context, stack: framesOf({ stack }) }, printable(String(message)));
  }
}
