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
   * Stops gracefully: finishes requests and jobs in progress, within SHUTDOWN_GRACE_MS.
   * @param options drainDelayMs overrides SHUTDOWN_DRAIN_DELAY_MS
   * @throws DeadlineExceededError
   */
  stop(options?: { readonly drainDelayMs: number }): Promise<void>;
}

/**
 * Starts the configured roles and listens. Also starts while PostgreSQL or Redis is down: it is not ready until they
 * respond.
 * @throws where the port is in use, or the order lifecycle is invalid
 */
export async function startApplication(config: Config): Promise<RunningApplication> {
  const faults = checkLifecycle(TASKS);
  if (faults.length > 0) throw new Error(`Invalid order lifecycle: ${faults.join('; ')}`);
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
    await closeAfterFailedStart(app, config);
    throw error;
  }
  const { address, port } = app.getHttpServer().address() as AddressInfo;
  const url = urlOf(address, port);
  log.info({ url, roles: [...config.roles] }, 'ready');
  return { url, app, stop: (options = config.http) => stop(app, config, options) };
}

/** The URL under which a process on the same machine reaches one that listens on `host`. */
export function urlOf(host: string, port: number): string {
  // These mean all addresses of the machine, and can't be connected to.
  if (host === '0.0.0.0' || host === '::') return `http://127.0.0.1:${port}`;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Stops loops that already run; nothing else could stop them. */
async function closeAfterFailedStart(app: NestFastifyApplication, { http }: Config): Promise<void> {
  try {
    await withTimeout(http.shutdownGraceMs, 'closing after a failed start', app.close());
  } catch (error) {
    // Not thrown: why the start failed matters more.
    log.warn({ err: error }, 'could not close cleanly after a failed start');
  }
}

/** How soon after its last response a keep-alive connection is closed during a stop. */
const IDLE_CHECK_INTERVAL_MS = 100;

/** Fails readiness first, then finishes requests, jobs, loops and sockets, and closes connections last. */
async function stop(
  app: NestFastifyApplication,
  { http }: Config,
  { drainDelayMs }: { readonly drainDelayMs: number },
): Promise<void> {
  app.get(Readiness).drain();
  // Gives load balancers time to see that readiness fails, before the listener closes.
  await delay(drainDelayMs);
  const server: Server = app.getHttpServer();
  // Closing the listener closes idle connections only once. Others become idle later, after their response.
  const idleTimer = setInterval(() => {
    if (!server.listening) server.closeIdleConnections();
  }, IDLE_CHECK_INTERVAL_MS);
  try {
    await withTimeout(http.shutdownGraceMs, 'the graceful stop', app.close());
  } finally {
    clearInterval(idleTimer);
  }
  log.info('stopped');
}
