import type { LoggerService } from '@nestjs/common';
import { pino } from 'pino';
import { framesOf, loggedError, printable } from './logged-error.js';

/**
 * The process's structured log. Lines about an order have an `orderId`. Personal data, tokens and payment methods are
 * never passed to it; `redact` is a second line of defence. Texts from clients are truncated.
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

/** readConfig() reports an invalid LOG_LEVEL; until then it must not break the log. */
function level(name: string | undefined): string {
  return name !== undefined && (name === 'silent' || name in pino.levels.values) ? name : 'info';
}

/** Nest's lines in the same log, its start-up messages at debug. */
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
