import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { lockDirectory } from '../directory-lock.js';
import { Api } from './api.js';
import { Changes } from './changes.js';
import { handleControl } from './control.js';
import { refuseControl } from './control-access.js';
import { makeDataDirectory } from './data-directory.js';
import { type Fault, Faults } from './faults.js';
import { sendJson } from './http-body.js';
import { RequestCounts } from './request-counts.js';
import { Store } from './store.js';
import { errorBody } from './stripe-error.js';
import { WebhookSender } from './webhooks.js';

/** How a sandbox is started. What is left out has the default of the environment variable. */
export interface SandboxOptions {
  /** the directory of the journal; it is created where it does not exist */
  readonly dataDirectory: string;
  /** 0 picks a free one */
  readonly port?: number;
  readonly host?: string;
  readonly secretKey?: string;
  /** left out: no events are made */
  readonly webhookUrl?: string | undefined;
  readonly webhookSecret?: string;
  /** 0..1: how likely an event comes twice, and how likely it comes late */
  readonly webhookChaos?: number;
  /** the wait before an event's second attempt, in milliseconds */
  readonly webhookRetryMs?: number;
  readonly latencyMs?: number;
  readonly idempotencyTtlMs?: number;
  /** a journal below this size in bytes is never compacted */
  readonly compactBytes?: number;
  /** gives numbers from 0 up to, but not including, 1 */
  readonly random?: () => number;
  readonly log?: (line: string) => void;
}

/** A sandbox that takes requests. */
export interface RunningSandbox {
  readonly url: string;
  readonly port: number;
  /** Stops: requests that are being served are answered, then the journal is closed. */
  close(): Promise<void>;
}

const DEFAULT_HOST = '127.0.0.1';
const DAY_MS = 86_400_000;
const GRACE_MS = 2_000;
// Longer than clients keep an idle connection, so that they never write to one that is being closed.
const KEEP_ALIVE_MS = 75_000;

/**
 * Starts a payment sandbox in this process.
 *
 * @throws Error where another sandbox uses the directory, the journal cannot be read, or the port is taken
 */
export async function startSandbox(options: SandboxOptions): Promise<RunningSandbox> {
  const log = options.log ?? ((line: string) => process.stderr.write(`${line}\n`));
  makeDataDirectory(options.dataDirectory);
  const unlock = await lockDirectory(
    options.dataDirectory,
    'sandbox.lock',
    ({ pid }) =>
      `another payment sandbox (process ${pid}) uses ${options.dataDirectory}; stop it, or set SANDBOX_DATA_DIR`,
  );
  let store: Store;
  try {
    store = Store.open({
      directory: options.dataDirectory,
      idempotencyTtlMs: options.idempotencyTtlMs ?? DAY_MS,
      compactBytes: options.compactBytes ?? 64 << 20,
      log,
    });
  } catch (error) {
    await unlock();
    throw error;
  }
  const webhooks = startWebhooks(store, options);
  const shut = async (): Promise<void> => {
    webhooks?.close();
    store.close();
    await unlock();
  };
  const server = buildServer(store, webhooks, options, log);
  try {
    await listen(server, options.port ?? 0, options.host ?? DEFAULT_HOST);
  } catch (error) {
    await shut();
    throw error;
  }
  const { port, address, family } = server.address() as AddressInfo;
  const url = `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  let closing: Promise<void> | undefined;
  return { url, port, close: () => (closing ??= stop(server).then(shut)) };
}

function startWebhooks(store: Store, options: SandboxOptions): WebhookSender | undefined {
  if (options.webhookUrl === undefined) return undefined;
  return new WebhookSender(store, {
    url: options.webhookUrl,
    secret: options.webhookSecret ?? 'whsec_sandbox',
    chaos: options.webhookChaos ?? 0.05,
    retryMs: options.webhookRetryMs ?? 200,
    random: options.random ?? Math.random,
  });
}

function buildServer(
  store: Store,
  webhooks: WebhookSender | undefined,
  options: SandboxOptions,
  log: (line: string) => void,
): Server {
  const faults = new Faults(options.random ?? Math.random);
  const counts = new RequestCounts();
  const changes = new Changes(store, faults, webhooks);
  const apiSockets = new Set<Socket>();
  const onFault = (fault: Fault): void => {
    // An outage of everything cuts the connections that are open, also those that wait for an answer.
    if (fault.kind !== 'outage' || fault.endpoint !== undefined || (fault.probability ?? 1) < 1) return;
    for (const socket of apiSockets) socket.resetAndDestroy();
  };
  const api = new Api({
    store,
    faults,
    counts,
    changes,
    secretKey: options.secretKey ?? 'sk_test_sandbox',
    latencyMs: options.latencyMs ?? 0,
  });
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.url?.startsWith('/_sandbox/') === true) {
      // An outage must not cut the answer to the request that asked for it.
      apiSockets.delete(request.socket);
      const refusal = refuseControl(request, options.host ?? DEFAULT_HOST);
      if (refusal === undefined)
        await handleControl(request, response, { store, faults, counts, changes, onFault });
      else sendJson(response, refusal.status, { error: { message: refusal.message } });
      return;
    }
    const { socket } = request;
    if (!apiSockets.has(socket)) {
      apiSockets.add(socket);
      socket.once('close', () => apiSockets.delete(socket));
    }
    await api.handle(request, response);
  };
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      answerFailure(error, request, response, log);
    });
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  return server;
}

/** The sandbox itself failed. Nothing was saved, as the journal holds whole changes only. */
function answerFailure(
  error: unknown,
  request: IncomingMessage,
  response: ServerResponse,
  log: (line: string) => void,
): void {
  // The client went away while it sent its request: there is nobody to answer.
  if (request.socket.destroyed) return;
  log(`payment sandbox: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  if (response.headersSent) {
    request.socket.destroy();
    return;
  }
  sendJson(
    response,
    500,
    errorBody({ type: 'api_error', message: 'The sandbox failed; its log tells why.' }),
  );
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Connections that a fault holds without an answer are cut after a short wait. */
function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      server.closeAllConnections();
    }, GRACE_MS);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}
