import { dirname } from 'node:path';
import type { AddressInfo, Socket } from 'node:net';
import { type FastifyInstance, fastify } from 'fastify';
import { makePrivateDirectory } from '../../platform/private-directory.js';
import { lockDirectory } from '../directory-lock.js';
import { bankRoutes } from './bank/routes.js';
import { controlRoutes } from './control/routes.js';
import { RequestCounts } from './control/request-counts.js';
import { Faults } from './faults/faults.js';
import { newIdentifier } from './identifiers.js';
import type { Sandbox } from './sandbox.js';
import { DEFAULTS, type SandboxSettings } from './settings.js';
import { Store } from './state/store.js';
import { stripeRoutes } from './stripe/routes.js';
import { errorBody } from './stripe/errors.js';
import { WebhookSender } from './webhooks/sender.js';

/** The settings of a sandbox in this process. By default the port is a free one. */
export type SandboxOptions = Pick<SandboxSettings, 'dataDirectory'> & Partial<SandboxSettings>;

export interface RunningSandbox {
  readonly url: string;
  readonly port: number;
  /** Answers the requests in progress, then closes the journal. */
  close(): Promise<void>;
}

const GRACE_MS = 2_000;
// Longer than clients keep idle connections, so that they never write to one that is being closed.
const KEEP_ALIVE_MS = 75_000;
const MAX_BODY_BYTES = 1 << 20;
const MAX_ID_LENGTH = 255;

/**
 * Starts a payment sandbox in this process.
 *
 * @throws where another sandbox uses the directory, the journal is unreadable, or the port is taken
 */
export async function startSandbox(options: SandboxOptions): Promise<RunningSandbox> {
  const settings = { ...DEFAULTS, port: 0, ...options };
  const { dataDirectory, host, port: wantedPort } = settings;
  // The secret that signs development tokens is in the same parent directory.
  if (dataDirectory === DEFAULTS.dataDirectory) makePrivateDirectory(dirname(dataDirectory));
  const unlock = await lockDirectory(
    dataDirectory,
    'sandbox.lock',
    ({ pid }) =>
      `another payment sandbox (process ${pid}) uses ${dataDirectory}; stop it, or set SANDBOX_DATA_DIR`,
  );
  // Run in reverse order, also where the start fails halfway.
  const closings: (() => unknown)[] = [unlock];
  const close = async (): Promise<void> => {
    for (const step of closings.splice(0).reverse()) await step();
  };
  try {
    const publicUrl = (): string => settings.publicUrl ?? listeningUrl(app);
    const store = Store.open(settings, publicUrl);
    closings.push(() => {
      store.close();
    });
    const webhooks = settings.webhookUrl === undefined ? undefined : new WebhookSender(store, settings);
    closings.push(() => webhooks?.close());
    const app = buildServer({
      settings,
      store,
      faults: new Faults(settings.random),
      counts: new RequestCounts(),
      webhooks,
      apiSockets: new Set(),
    });
    closings.push(() => stop(app));
    await app.listen({ port: wantedPort, host });
    const { port } = app.server.address() as AddressInfo;
    let closing: Promise<void> | undefined;
    return { url: listeningUrl(app), port, close: () => (closing ??= close()) };
  } catch (error) {
    await close();
    throw error;
  }
}

function buildServer(sandbox: Sandbox): FastifyInstance {
  const app = fastify({
    bodyLimit: MAX_BODY_BYTES,
    exposeHeadRoutes: false,
    genReqId: () => newIdentifier('req_', 14),
    keepAliveTimeout: KEEP_ALIVE_MS,
    return503OnClosing: false,
    routerOptions: { maxParamLength: MAX_ID_LENGTH },
  });
  app.server.on('connection', (socket: Socket) => {
    socket.once('close', () => sandbox.apiSockets.delete(socket));
  });
  // An error of the sandbox itself. Nothing was saved: a change is one line of the journal.
  app.setErrorHandler((error, request, reply) => {
    // Not logged where the client disconnected while sending its request.
    if (!request.raw.socket.destroyed) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      sandbox.settings.log(`payment sandbox: ${text}`);
    }
    return reply
      .code(500)
      .send(errorBody({ type: 'api_error', message: 'The sandbox failed; see its log.' }));
  });
  app.register(async (scope) => {
    stripeRoutes(scope, sandbox);
  });
  app.register(
    async (scope) => {
      controlRoutes(scope, sandbox);
    },
    { prefix: '/_sandbox' },
  );
  app.register(
    async (scope) => {
      bankRoutes(scope, sandbox);
    },
    { prefix: '/bank' },
  );
  return app;
}

function listeningUrl(app: FastifyInstance): string {
  const { port, address, family } = app.server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

/** Cuts connections that a fault holds unanswered after a grace period. */
async function stop(app: FastifyInstance): Promise<void> {
  const timer = setTimeout(() => {
    app.server.closeAllConnections();
  }, GRACE_MS);
  await app.close();
  clearTimeout(timer);
}
