import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startSandboxProcess } from '../../dist/dev/sandbox-process.js';
import { seedProducts } from '../../dist/dev/seed.js';
import { startPostgres } from '../../dist/dev/servers/postgres-server.js';
import { startRedis } from '../../dist/dev/servers/redis-server.js';
import { signToken } from '../../dist/dev/tokens.js';
import { startServer } from './processes.js';

const SECRET = 'a secret for the benchmarks, 32 bytes and more';
const CUSTOMERS = Array.from({ length: 20 }, (_, index) => `bench-${index}`);

/**
 * What one benchmark runs on: a PostgreSQL, a Redis and a payment sandbox of its own, with an empty, migrated
 * database and the example catalogue. It knows every order that was acknowledged.
 */
export class Stand {
  #stops = [];
  #database;
  #databases = [];

  /** Runs `work` on a stand of its own. @throws what it throws, and where an acknowledged order is missing */
  static async use(work) {
    const stand = new Stand();
    try {
      await stand.#start();
      await work(stand);
      for (const database of stand.#databases) await verify(database);
    } finally {
      for (const stop of stand.#stops.reverse()) await stop();
    }
  }

  async #start() {
    const directory = await mkdtemp(join(tmpdir(), 'order-bench-'));
    this.directory = directory;
    this.onStop(() => rm(directory, { recursive: true, force: true }));
    this.postgres = await startPostgres({ dataDir: join(directory, 'postgres') });
    this.onStop(() => this.postgres.stop());
    this.redisDirectory = join(directory, 'redis');
    this.redis = await startRedis({ dataDir: this.redisDirectory });
    this.onStop(() => this.redis.stop());
    this.sandbox = await startSandboxProcess({
      SANDBOX_PORT: '0',
      SANDBOX_DATA_DIR: join(directory, 'sandbox'),
    });
    this.onStop(() => this.sandbox.stop());
    this.environment = {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      PORT: '0',
      SHUTDOWN_DRAIN_DELAY_MS: '0',
      DATABASE_URL: this.postgres.url,
      REDIS_URL: this.redis.url,
      STRIPE_API_BASE: this.sandbox.url,
      STRIPE_SECRET_KEY: 'sk_test_sandbox',
      STRIPE_WEBHOOK_SECRET: 'whsec_sandbox',
      AUTH_JWT_SECRET: SECRET,
      // A few customers order as fast as the machine allows.
      RATE_LIMIT_CUSTOMER_POINTS: '2000000000',
    };
    this.tokens = await Promise.all(CUSTOMERS.map((customer) => this.token(customer)));
    this.#database = await this.#prepare(this.postgres.url);
    this.sql = this.#database.sql;
    for (const setting of ['fsync', 'synchronous_commit', 'full_page_writes']) {
      const { rows } = await this.sql.query(`SHOW ${setting}`);
      if (rows[0][setting] !== 'on') throw new Error(`${setting} is not on`);
    }
  }

  /** A second database on the same server: { url, sql, acknowledge }, where acknowledge is as the stand's. */
  async addDatabase(name) {
    await this.sql.query(`CREATE DATABASE ${name}`);
    const url = new URL(this.postgres.url);
    url.pathname = name;
    return this.#prepare(url.href);
  }

  async #prepare(url) {
    const migration = spawn(process.execPath, ['dist/migrate.js'], {
      env: { ...this.environment, DATABASE_URL: url, LOG_LEVEL: 'warn' },
      stdio: 'inherit',
    });
    const [code] = await once(migration, 'exit');
    if (code !== 0) throw new Error(`the migration ended with ${code}`);
    await seedProducts(url);
    const sql = new pg.Pool({ connectionString: url, max: 4 });
    sql.on('error', () => undefined);
    this.onStop(() => sql.end());
    const keys = [];
    const database = { url, sql, keys, acknowledge: (key) => keys.push(key) };
    this.#databases.push(database);
    return database;
  }

  /** Runs when the benchmark has ended, the last one given first. */
  onStop(stop) {
    this.#stops.push(stop);
  }

  /** Stops Redis, does the work, and starts it again where it was, with what it had. */
  async withoutRedis(work) {
    await this.redis.stop();
    try {
      return await work();
    } finally {
      this.redis = await startRedis({ dataDir: this.redisDirectory, port: this.redis.port });
    }
  }

  token(customer) {
    return signToken(SECRET, { sub: customer, lifetimeSeconds: 86_400 });
  }

  /** A process of the built system; stopped at the latest when the benchmark ends. */
  async startServer(environment = {}, script = undefined, nodeArguments = []) {
    const server = await startServer({ ...this.environment, ...environment }, script, nodeArguments);
    let stopped;
    server.stop = (
      (stop) => () =>
        (stopped ??= stop())
    )(server.stop);
    this.onStop(server.stop);
    return server;
  }

  /** To be told of each order that a client was told of. */
  acknowledge(idempotencyKey) {
    this.#database.acknowledge(idempotencyKey);
  }
}

/** Every acknowledged order exists once, with its items, its history without a hole, and its message. */
async function verify({ sql, keys }) {
  const { rows } = await sql.query(
    `WITH found AS MATERIALIZED (
       SELECT o.id, o.idempotency_key, o.version FROM orders o JOIN unnest($1::text[]) AS k (key) ON k.key = o.idempotency_key
     ), items AS MATERIALIZED (
       SELECT DISTINCT order_id FROM order_items WHERE order_id IN (SELECT id FROM found)
     ), events AS MATERIALIZED (
       SELECT order_id, count(*) AS versions FROM order_events WHERE order_id IN (SELECT id FROM found) GROUP BY order_id
     ), messages AS MATERIALIZED (
       SELECT DISTINCT order_id FROM outbox_messages
       WHERE kind = 'CHARGE_ORDER' AND order_id IN (SELECT id FROM found)
     )
     SELECT count(*)::int AS orders, count(DISTINCT f.idempotency_key)::int AS keys, count(*) FILTER (
       WHERE i.order_id IS NOT NULL AND e.versions = f.version AND m.order_id IS NOT NULL)::int AS whole
     FROM found f LEFT JOIN items i ON i.order_id = f.id LEFT JOIN events e ON e.order_id = f.id
       LEFT JOIN messages m ON m.order_id = f.id`,
    [keys],
  );
  const [found] = rows;
  if (found.orders !== keys.length || found.keys !== keys.length || found.whole !== keys.length)
    throw new Error(
      `${keys.length} orders were acknowledged, ${found.orders} are stored under ${found.keys} keys, ${found.whole} of them whole`,
    );
}
