import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { type SandboxProcess, startSandboxProcess } from '../../src/dev/sandbox-process.js';
import type { RunningServer } from '../../src/dev/servers/child-process.js';
import { startPostgres } from '../../src/dev/servers/postgres-server.js';
import { startRedis } from '../../src/dev/servers/redis-server.js';
import { signToken } from '../../src/dev/tokens.js';
import { onlyRow } from './only-row.js';
import { type Environment, type ServerProcess, startServer } from './processes.js';
import { ShopDatabase } from './shop-database.js';

const SECRET = 'a secret for the benchmarks, 32 bytes and more';
const CUSTOMERS = Array.from({ length: 20 }, (_, index) => `bench-${index}`);

/** Ends something, synchronously or not. */
type Stop = () => unknown;

/** The servers that the system needs. */
interface Surroundings {
  readonly directory: string;
  readonly postgres: RunningServer;
  /** Replaced after each outage. */
  redis: RunningServer;
  readonly sandbox: SandboxProcess;
}

/**
 * What one benchmark runs on: its own PostgreSQL, Redis and payment sandbox, with an empty, migrated
 * database and the example catalogue.
 */
export class Stand {
  private readonly databases: ShopDatabase[];

  private constructor(
    private readonly surroundings: Surroundings,
    private readonly stops: Stop[],
    /** The environment of the system's processes. */
    readonly environment: Environment,
    /** The tokens of the customers. */
    readonly tokens: readonly string[],
    /** The database in `environment`. */
    readonly database: ShopDatabase,
  ) {
    this.databases = [database];
  }

  /** Runs `work` on a new stand. @throws its error, or if an acknowledged order is missing */
  static async use(work: (stand: Stand) => Promise<void>): Promise<void> {
    const stops: Stop[] = [];
    try {
      const stand = await Stand.start(stops);
      await work(stand);
      for (const database of stand.databases) await database.verify();
    } finally {
      for (const stop of stops.toReversed()) await stop();
    }
  }

  private static async start(stops: Stop[]): Promise<Stand> {
    const surroundings = await startSurroundings(stops);
    const environment = environmentIn(surroundings);
    const database = await ShopDatabase.prepare(environment, surroundings.postgres.url);
    stops.push(() => database.close());
    await refuseFastWrites(database.sql);
    const lifetimeSeconds = 86_400;
    const tokens = CUSTOMERS.map((customer) => signToken(SECRET, { sub: customer, lifetimeSeconds }));
    return new Stand(surroundings, stops, environment, await Promise.all(tokens), database);
  }

  /** A directory for files, removed when the benchmark ends. */
  get directory(): string {
    return this.surroundings.directory;
  }

  get postgres(): RunningServer {
    return this.surroundings.postgres;
  }

  get redis(): RunningServer {
    return this.surroundings.redis;
  }

  get sandbox(): SandboxProcess {
    return this.surroundings.sandbox;
  }

  /** A pool for the benchmark's own queries. */
  get sql(): Pool {
    return this.database.sql;
  }

  /** Must be called for each acknowledged order. */
  get acknowledge(): (idempotencyKey: string) => void {
    return this.database.acknowledge;
  }

  /** A second database on the same server. */
  async addDatabase(name: string): Promise<ShopDatabase> {
    await this.sql.query(`CREATE DATABASE ${name}`);
    const url = new URL(this.postgres.url);
    url.pathname = name;
    const database = await ShopDatabase.prepare(this.environment, url.href);
    this.onStop(() => database.close());
    this.databases.push(database);
    return database;
  }

  /** Called when the benchmark has ended, in reverse order. */
  onStop(stop: Stop): void {
    this.stops.push(stop);
  }

  /** Stops Redis, runs the work, and starts it again at the same address with its data. */
  async withoutRedis<Result>(work: () => Promise<Result>): Promise<Result> {
    const { surroundings } = this;
    const { port } = surroundings.redis;
    await surroundings.redis.stop();
    try {
      return await work();
    } finally {
      const redis = await startRedis({ dataDir: redisDirectory(surroundings), port });
      this.onStop(() => redis.stop());
      surroundings.redis = redis;
    }
  }

  /** Starts a process of the built system, or another script, which is stopped when the benchmark ends. */
  async startServer(
    environment: Environment = {},
    script?: string,
    nodeArguments?: readonly string[],
  ): Promise<ServerProcess> {
    const server = await startServer({ ...this.environment, ...environment }, script, nodeArguments);
    this.onStop(() => server.stop());
    return server;
  }
}

async function startSurroundings(stops: Stop[]): Promise<Surroundings> {
  const directory = await mkdtemp(join(tmpdir(), 'order-bench-'));
  stops.push(() => rm(directory, { recursive: true, force: true }));
  const postgres = await startPostgres({ dataDir: join(directory, 'postgres') });
  stops.push(() => postgres.stop());
  const redis = await startRedis({ dataDir: redisDirectory({ directory }) });
  stops.push(() => redis.stop());
  const sandbox = await startSandboxProcess({
    SANDBOX_PORT: '0',
    SANDBOX_DATA_DIR: join(directory, 'sandbox'),
  });
  stops.push(() => sandbox.stop());
  return { directory, postgres, redis, sandbox };
}

function redisDirectory({ directory }: Pick<Surroundings, 'directory'>): string {
  return join(directory, 'redis');
}

function environmentIn({ postgres, redis, sandbox }: Surroundings): Environment {
  return {
    PATH: process.env['PATH'] ?? '',
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    PORT: '0',
    SHUTDOWN_DRAIN_DELAY_MS: '0',
    DATABASE_URL: postgres.url,
    REDIS_URL: redis.url,
    STRIPE_API_BASE: sandbox.url,
    STRIPE_SECRET_KEY: 'sk_test_sandbox',
    STRIPE_WEBHOOK_SECRET: 'whsec_sandbox',
    AUTH_JWT_SECRET: SECRET,
    // A few customers order as fast as the machine allows.
    RATE_LIMIT_CUSTOMER_POINTS: '2000000000',
  };
}

/** @throws if PostgreSQL has unsafe settings */
async function refuseFastWrites(sql: Pool): Promise<void> {
  for (const setting of ['fsync', 'synchronous_commit', 'full_page_writes']) {
    const row = onlyRow(await sql.query<Record<string, string>>(`SHOW ${setting}`));
    if (row[setting] !== 'on') throw new Error(`${setting} is not on`);
  }
}
