import 'reflect-metadata';
import { join } from 'node:path';
import { STRIPE_WEBHOOK_PATH } from '../payments/stripe/webhook-route.js';
import { type RunningApplication, startApplication, urlOf } from '../application.js';
import { developmentSecret } from '../auth/development-secret.js';
import { type Config, ConfigError, readConfig } from '../config/config.js';
import { migrate } from '../platform/database/migrate.js';
import { startSandboxProcess } from './sandbox-process.js';
import { seedProducts } from './seed.js';
import { findFreePort } from './servers/data-files.js';
import { findRedisServer } from './servers/find-redis.js';
import { lockDirectory } from './directory-lock.js';
import { startPostgres } from './servers/postgres-server.js';
import { startRedis } from './servers/redis-server.js';
import { signToken } from './tokens.js';
import { onStopSignal } from '../platform/stop-signal.js';

const DATA_DIR = '.data';
const MAX_TOKEN_LIFETIME_SECONDS = 7 * 86_400;
/** Placeholders, so that all other settings are checked before any server starts. */
const NO_DATABASE_YET = 'postgresql://127.0.0.1';
const NO_REDIS_YET = 'redis://127.0.0.1';

/** Stops what was started, in reverse order. */
const stops: (() => Promise<void>)[] = [];

/** On a signal during the start, nothing more is started, and what is still starting is stopped. */
const interruption = new AbortController();

/** Servers named in the environment replace the embedded ones. @throws when interrupted */
async function start(): Promise<void> {
  const { signal } = interruption;
  if (process.env['NODE_ENV'] === 'production') {
    throw new Error('NODE_ENV: npm start is for development; use npm run start:prod in production');
  }
  stops.push(await lockDirectory(DATA_DIR));
  const { DATABASE_URL, REDIS_URL, STRIPE_API_BASE } = process.env;
  const settings = readConfig({
    ...process.env,
    DATABASE_URL: DATABASE_URL || NO_DATABASE_YET,
    REDIS_URL: REDIS_URL || NO_REDIS_YET,
  });
  // Chosen here, since the sandbox starts before the application and needs the address for its webhooks.
  const port = settings.http.port === 0 ? await findFreePort() : settings.http.port;
  const [databaseUrl = '', redisUrl = '', sandboxUrl = ''] = await allOrFirstError([
    namedOr(DATABASE_URL, embeddedPostgres),
    namedOr(REDIS_URL, embeddedRedis),
    namedOr(STRIPE_API_BASE, () => sandbox(settings, port)),
  ]);
  signal.throwIfAborted();
  const servers = { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, STRIPE_API_BASE: sandboxUrl };
  const config = readConfig({ ...process.env, ...servers, PORT: String(port) });
  await migrate(databaseUrl);
  signal.throwIfAborted();
  await seedProducts(databaseUrl);
  const tokens = await demoTokens(config);
  signal.throwIfAborted();
  const playgroundTokens = tokens ?? config.graphql.playgroundTokens;
  const application = await startApplication({
    ...config,
    graphql: { ...config.graphql, playgroundTokens },
  });
  stops.push(() => application.stop());
  signal.throwIfAborted();
  introduce(application, tokens, sandboxUrl);
}

/** Waits for all of them even if one fails, so that those that did start can be stopped. */
async function allOrFirstError(starts: readonly Promise<string>[]): Promise<string[]> {
  const results = await Promise.allSettled(starts);
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

/** The server named in the environment, or an embedded one. */
async function namedOr(url: string | undefined, startServer: () => Promise<string>): Promise<string> {
  return url === undefined || url === '' ? startServer() : url;
}

async function embeddedPostgres(): Promise<string> {
  const server = await startPostgres({ dataDir: join(DATA_DIR, 'postgres'), signal: interruption.signal });
  stops.push(() => server.stop());
  return server.url;
}

async function embeddedRedis(): Promise<string> {
  const { signal } = interruption;
  await findRedisServer({ announce: say, signal });
  const server = await startRedis({ dataDir: join(DATA_DIR, 'redis'), signal });
  stops.push(() => server.stop());
  return server.url;
}

/** Sends its webhooks to this process, unless the environment says otherwise. */
async function sandbox({ http, roles, webhook }: Config, port: number): Promise<string> {
  const {
    SANDBOX_PORT = '0',
    SANDBOX_DATA_DIR = join(DATA_DIR, 'sandbox'),
    SANDBOX_WEBHOOK_URL = roles.has('api') ? `${urlOf(http.host, port)}${STRIPE_WEBHOOK_PATH}` : '',
    SANDBOX_WEBHOOK_SECRET = webhook.secret,
  } = process.env;
  const server = await startSandboxProcess({
    SANDBOX_PORT,
    SANDBOX_DATA_DIR,
    SANDBOX_WEBHOOK_URL,
    SANDBOX_WEBHOOK_SECRET,
  });
  stops.push(() => server.stop());
  return server.url;
}

interface DemoTokens {
  readonly customer: string;
  readonly operator: string;
}

/** @returns undefined with a key set, since only its owner can sign tokens */
async function demoTokens({ auth }: Config): Promise<DemoTokens | undefined> {
  if (auth.key.kind === 'key-set') return undefined;
  const secret = auth.key.kind === 'secret' ? auth.key.secret : developmentSecret(DATA_DIR);
  const { issuer, audience } = auth;
  const lifetimeSeconds = Math.min(MAX_TOKEN_LIFETIME_SECONDS, Math.floor(auth.maxTokenAgeMs / 1_000));
  const token = (sub: string, roles: string[]) =>
    signToken(secret, { sub, roles, issuer, audience, lifetimeSeconds });
  return { customer: await token('alice', []), operator: await token('olivia', ['operator']) };
}

function introduce({ url }: RunningApplication, tokens: DemoTokens | undefined, sandboxUrl: string): void {
  say(`
  Orders are taken at

    playground   ${url}/graphql
    API          ${url}/graphql (subscriptions: ${url.replace('http', 'ws')}/graphql)
    health       ${url}/health/ready
    payments     ${sandboxUrl} (the sandbox; its ledger: ${sandboxUrl}/_sandbox/ledger)

  ${tokensText(tokens)}

  Ctrl-C stops everything; the data stays in ${DATA_DIR}/.
`);
}

function tokensText(tokens: DemoTokens | undefined): string {
  if (tokens === undefined) return 'Tokens are signed by the owner of the key set at AUTH_JWKS_URL.';
  return `Tokens, valid for up to a week, to be sent as "Authorization: Bearer <token>"

    customer alice    ${tokens.customer}

    operator olivia   ${tokens.operator}`;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** The running stopAll(), which must run only once. */
let stopping: Promise<number> | undefined;

/** Stops the other servers even if one fails to stop. @returns the exit code */
async function stopAll(): Promise<number> {
  let failures = 0;
  for (const stop of stops.toReversed()) {
    try {
      await stop();
    } catch (error) {
      failures += 1;
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    }
  }
  return failures === 0 ? 0 : 1;
}

const starting = start();

onStopSignal(() => {
  interruption.abort();
  // start() ends by itself; then what has started is stopped.
  stopping ??= starting.then(stopAll, stopAll);
  void stopping.then((code) => process.exit(code));
});

starting.catch((error: unknown) => {
  // The signal handler stops everything.
  if (interruption.signal.aborted) return;
  const lines =
    error instanceof ConfigError ? error.faults : [error instanceof Error ? error.message : String(error)];
  for (const line of lines) process.stderr.write(`${line}\n`);
  stopping ??= stopAll();
  void stopping.then(() => process.exit(1));
});
