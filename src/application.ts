import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { handleRequestErrors } from './graphql/errors/request-errors.js';
import type { Config } from './config/config.js';
import { checkLifecycle } from './orders/lifecycle-check.js';
import { TASKS } from './payments/task.js';
import { setBrowserRules } from './http/browser-rules.js';
import { withTimeout } from './platform/with-timeout.js';
import { checkHost } from './http/host-check.js';
import { createHttpAdapter } from './http/http-server.js';
import { log, NestLogger } from './platform/observability/logger.js';
import { Readiness } from './http/health/readiness.js';
import { AppModule } from './roles/app.module.js';

export interface RunningApplication {
  readonly url: string;
  readonly app: NestFastifyApplication;
  /**
   * Stops gracefully: requests and jobs under way are finished first, for SHUTDOWN_GRACE_MS at most.
   * @param options drainDelayMs: instead of SHUTDOWN_DRAIN_DELAY_MS
   */
  stop(options?: { readonly drainDelayMs: number }): Promise<void>;
}

/**
 * Starts one process with the configured roles, listening. It starts without PostgreSQL and Redis, too: it is
 * then not ready until they answer.
 * @throws where the port is taken, or the tables of an order's life are faulty
 */
export async function startApplication(config: Config): Promise<RunningApplication> {
  const faults = checkLifecycle(TASKS);
  if (faults.length > 0) throw new Error(`The tables of an order's life are faulty: ${faults.join('; ')}`);
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.register(config),
    createHttpAdapter(config.http),
    { logger: new NestLogger(), abortOnError: false },
  );
  setBrowserRules(app, config);
  handleRequestErrors(app, config);
  checkHost(app, config);
  try {
    const { port, host, backlogLimit: backlog } = config.http;
    await app.listen({ port, host, backlog });
  } catch (error) {
    await endHalfStarted(app, config);
    throw error;
  }
  const { address, port } = app.getHttpServer().address() as AddressInfo;
  const url = urlOf(address, port);
  log.info({ url, roles: [...config.roles] }, 'ready');
  return { url, app, stop: (options = config.http) => stop(app, config, options) };
}

/** Where a process of this machine reaches one that listens there. */
export function urlOf(host: string, port: number): string {
  // These stand for all addresses of the machine, and can't be called themselves.
  if (host === '0.0.0.0' || host === '::') return `http://127.0.0.1:${port}`;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Its loops may run already, and would go on without anybody who can stop them. */
async function endHalfStarted(app: NestFastifyApplication, { http }: Config): Promise<void> {
  try {
    await withTimeout(http.shutdownGraceMs, 'the end of a failed start', app.close());
  } catch (error) {
    // Why it did not start matters more.
    log.warn({ err: error }, 'did not end cleanly after a failed start');
  }
}

/** So soon after its answer a connection ends that was in the middle of a request when the stop began. */
const IDLE_CHECK_INTERVAL_MS = 100;

/** Refuse new work, let requests end, then jobs, loops and sockets, and close connections last. */
async function stop(
  app: NestFastifyApplication,
  { http }: Config,
  { drainDelayMs }: { readonly drainDelayMs: number },
): Promise<void> {
  app.get(Readiness).drain();
  // Load balancers see the failing readiness and send nothing more before the listener closes.
  await delay(drainDelayMs);
  const server: Server = app.getHttpServer();
  // The listener's end closes idle connections once; clients keep the others alive after their answers.
  const closingIdle = setInterval(() => {
    if (!server.listening) server.closeIdleConnections();
  }, IDLE_CHECK_INTERVAL_MS);
  try {
    await withTimeout(http.shutdownGraceMs, 'a graceful stop', app.close());
  } finally {
    clearInterval(closingIdle);
  }
  log.info('stopped');
}
