import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from './config.js';
import { checkTransitions } from './orders/order-status.js';
import { within } from './platform/deadline.js';
import { log, NestLogger } from './platform/logger.js';
import { Readiness } from './platform/readiness.js';
import { AppModule } from './roles/app.module.js';

export interface RunningApplication {
  readonly url: string;
  readonly app: NestFastifyApplication;
  /** Stops gracefully: requests and jobs under way are finished first, for SHUTDOWN_GRACE_MS at most. */
  stop(): Promise<void>;
}

/**
 * Starts one process with the configured roles, listening. It starts without PostgreSQL and Redis, too: it is
 * then not ready until they answer.
 * @throws where the port is taken, or the transition table is faulty
 */
export async function startApplication(config: Config): Promise<RunningApplication> {
  const faults = checkTransitions();
  if (faults.length > 0) throw new Error(`The order status table is faulty: ${faults.join('; ')}`);
  const adapter = new FastifyAdapter({
    bodyLimit: config.http.bodyLimitBytes,
    // Requests that arrive while the server closes are answered, and told to close their connection.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
  });
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.register(config), adapter, {
    logger: new NestLogger(),
    abortOnError: false,
  });
  await app.listen(config.http.port, config.http.host);
  const { address, port, family } = app.getHttpServer().address() as AddressInfo;
  const host = family === 'IPv6' ? `[${address}]` : address;
  const url = `http://${host === '0.0.0.0' || host === '[::]' ? '127.0.0.1' : host}:${port}`;
  log.info({ url, roles: [...config.roles] }, 'ready');
  return { url, app, stop: () => stop(app, config) };
}

/** Refuse new work, let requests end, then jobs, loops and sockets, and close connections last. */
async function stop(app: NestFastifyApplication, { http }: Config): Promise<void> {
  app.get(Readiness).drain();
  // Load balancers see the failing readiness and send nothing more before the listener closes.
  await delay(http.drainDelayMs);
  await within(http.shutdownGraceMs, 'a graceful stop', app.close());
  log.info('stopped');
}
