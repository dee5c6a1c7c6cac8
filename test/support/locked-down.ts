import type { Redis } from 'ioredis';
import pg from 'pg';
import { seedProducts } from '../../src/dev/seed.js';
import { type ClosedRedis, closeRedis } from './closed-redis.js';
import { OwnPostgres } from './own-postgres.js';
import { OwnRedis } from './own-redis.js';
import { codeBlock, login } from './readme.js';
import { sqlPool } from './sql-pool.js';
import { runCommand } from './run-command.js';

/** A PostgreSQL and a Redis with the privileges of docs/operations.md. */
export class LockedDown {
  /** Connections as a superuser, which the system doesn't use. */
  readonly sql: pg.Pool;
  private closedRedis: ClosedRedis | undefined;

  private constructor(
    private readonly postgresServer: OwnPostgres,
    private readonly redisServer: OwnRedis,
  ) {
    this.sql = sqlPool(postgresServer.url, 3);
  }

  static async start(): Promise<LockedDown> {
    const [postgres, redis] = await Promise.all([OwnPostgres.start(), OwnRedis.start()]);
    const locked = new LockedDown(postgres, redis);
    try {
      await locked.closePostgres();
      locked.closedRedis = await closeRedis(redis);
      return locked;
    } catch (error) {
      await locked.remove();
      throw error;
    }
  }

  /** For the system's processes. */
  get applicationUrl(): string {
    return this.urlOf(login('orders_app', 'app-password'));
  }

  /** For the system's processes. */
  get redisUrl(): string {
    return this.ready().url;
  }

  /** A connection as the Redis user for people. */
  get redis(): Redis {
    return this.ready().admin;
  }

  /** Runs the grants that docs/operations.md has for every migration. */
  async grant(): Promise<void> {
    await this.asOwner(codeBlock('docs/operations.md', 'sql', '-- psql, as orders_owner'));
  }

  async asOwner(statements: string): Promise<void> {
    await run(this.ownerUrl, [statements]);
  }

  async remove(): Promise<void> {
    this.closedRedis?.admin.disconnect();
    await this.sql.end();
    await Promise.all([this.postgresServer.end(), this.redisServer.end()]);
  }

  private get ownerUrl(): string {
    return this.urlOf(login('orders_owner', 'owner-password'));
  }

  private async closePostgres(): Promise<void> {
    const url = new URL(this.postgresServer.url);
    const inDatabase = (name: string) => {
      url.pathname = `/${name}`;
      return url.href;
    };
    // A new server already has a database with this name.
    await run(inDatabase('postgres'), ['DROP DATABASE orders']);
    const script = codeBlock('docs/operations.md', 'sql', '-- psql, as a superuser');
    const [before = '', after = ''] = script.split('\\connect orders\n');
    await run(inDatabase('postgres'), statementsOf(before));
    await run(inDatabase('orders'), statementsOf(after));
    const env = { DATABASE_URL: this.ownerUrl };
    const { code, stderr } = await runCommand('migrate.js', { env });
    if (code !== 0) throw new Error(stderr);
    await this.grant();
    await seedProducts(this.ownerUrl);
  }

  private urlOf(credentials: string): string {
    return `postgresql://${credentials}@127.0.0.1:${this.postgresServer.port}/orders`;
  }

  private ready(): ClosedRedis {
    if (this.closedRedis === undefined) throw new Error('Redis is not closed down yet');
    return this.closedRedis;
  }
}

/** Single statements, since some cannot run in a transaction. */
function statementsOf(script: string): string[] {
  return script
    .split(/;$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}

async function run(url: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
