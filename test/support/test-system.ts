import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type pg from 'pg';
import { startSandbox } from '../../src/dev/sandbox/server.js';
import { signToken } from '../../src/dev/tokens.js';
import type { RunningApplication } from '../../src/application.js';
import { readConfig } from '../../src/config/config.js';
import { administerDatabases, cloneDatabase } from './administer-databases.js';
import { sqlPool } from './sql-pool.js';

export type Environment = Readonly<Record<string, string>>;

/** What a test file has for itself: a database, a Redis prefix and a payment sandbox. */
export interface TestSystem {
  /** For processes and readConfig(): this system's servers, port 0, short intervals. */
  readonly env: Environment;
  readonly sql: pg.Pool;
  readonly sandboxUrl: string;
  token(sub: string, options?: { roles?: string[]; lifetimeSeconds?: number }): Promise<string>;
  /** Starts an application in this process, which close() stops. */
  start(overrides?: Environment): Promise<RunningApplication>;
  close(): Promise<void>;
}

const SECRET = 'a secret of the tests, 32 bytes and more';

export async function setup(overrides: Environment = {}): Promise<TestSystem> {
  const database = await createDatabase();
  const directory = await mkdtemp(join(tmpdir(), 'order-test-'));
  const sandbox = await startSandbox({ dataDirectory: join(directory, 'sandbox'), searchDelayMs: 0 });
  const prefix = `{test-${randomUUID()}}`;
  const env = {
    NODE_ENV: 'test',
    HOST: '127.0.0.1',
    PORT: '0',
    DATABASE_URL: database.url,
    DATABASE_POOL_SIZE: '5',
    REDIS_URL: required('TEST_REDIS_URL'),
    REDIS_PREFIX: prefix,
    STRIPE_API_BASE: sandbox.url,
    AUTH_JWT_SECRET: SECRET,
    PAYMENT_RETRY_BASE_MS: '20',
    PAYMENT_RETRY_CAP_MS: '200',
    PAYMENT_BREAKER_PAUSE_MS: '100',
    PAYMENT_SEARCH_DELAY_MS: '0',
    RELAY_POLL_INTERVAL_MS: '100',
    LIVE_CHECK_INTERVAL_MS: '200',
    // Tests of reconciliation lower it; in others the gateway's requests are their own.
    RECONCILE_INTERVAL_MS: '86400000',
    LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'silent',
    ...overrides,
  };
  const sql = sqlPool(database.url, 3);
  const running: RunningApplication[] = [];
  return {
    env,
    sql,
    sandboxUrl: sandbox.url,
    token: (sub, { roles = [], lifetimeSeconds = 3_600 } = {}) =>
      signToken(SECRET, { sub, roles, lifetimeSeconds }),
    start: async (more = {}) => {
      // Loaded on demand: it takes half a second, and files with processes only don't need it.
      const { startApplication } = await import('../../src/application.js');
      const application = await startApplication(readConfig({ ...env, ...more }));
      running.push(application);
      return application;
    },
    close: async () => {
      for (const application of running) await application.app.close();
      await sandbox.close();
      await sql.end();
      await database.drop();
      await removeKeys(prefix);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** A new database, migrated and seeded. */
export async function createDatabase(): Promise<{ readonly url: string; drop(): Promise<void> }> {
  const url = new URL(required('TEST_POSTGRES_URL'));
  const template = url.pathname.slice(1);
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await administerDatabases(url.href, [cloneDatabase(name, template)]);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => administerDatabases(url.href, [`DROP DATABASE ${name} WITH (FORCE)`]) };
}

async function removeKeys(prefix: string): Promise<void> {
  const redis = new Redis(required('TEST_REDIS_URL'));
  const keys = await redis.keys(`${prefix}*`);
  if (keys.length > 0) await redis.del(...keys);
  redis.disconnect();
}

export function required(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set; run the tests by npm test`);
  return value;
}
