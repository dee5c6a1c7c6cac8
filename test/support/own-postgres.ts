import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { startPostgres } from '../../src/dev/servers/postgres-server.js';
import { OwnServer, type OwnServerOptions } from './own-server.js';
import { copyTemplateCluster } from './servers/template-cluster.js';
import { SmallDisk } from './small-disk.js';

export interface OwnPostgresOptions extends OwnServerOptions {
  /** A cluster to begin with a copy of: by default the run's, which is migrated and seeded. */
  readonly template?: string;
  /** Whether its tables shall lie on a disk that can be filled, where one can be mounted. */
  readonly smallDisk?: boolean;
}

const CONNECT_TIMEOUT_MS = 5_000;
/** The longest is the dump of all tables after a long run of the drills. */
const QUERY_TIMEOUT_MS = 60_000;

/** A PostgreSQL of a test's own, fsync on. */
export class OwnPostgres extends OwnServer {
  private disk: SmallDisk | undefined;

  static async start(options: OwnPostgresOptions = {}): Promise<OwnPostgres> {
    const { template = process.env['TEST_TEMPLATE_CLUSTER'], smallDisk = false } = options;
    const postgres = new OwnPostgres('postgres', startPostgres, options);
    if (template !== undefined) await copyTemplateCluster(template, postgres.dataDir);
    return postgres.begin(async () => {
      if (smallDisk) await postgres.moveToSmallDisk();
    });
  }

  /** It comes back as a standby that has no master, until pg_promote() makes it one. */
  async startAgainAsStandby(): Promise<void> {
    await this.stop();
    await writeFile(join(this.dataDir, 'cluster', 'standby.signal'), '');
    await this.startAgain();
  }

  /** Over a connection of its own, closed after it. */
  async query<Row extends object>(text: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return ask(this.url, async (client) => (await client.query<Row>(text, [...parameters])).rows);
  }

  /** True where its disk can be filled. */
  get hasSmallDisk(): boolean {
    return this.disk !== undefined;
  }

  async fillDisk(): Promise<void> {
    if (this.disk === undefined) throw new Error('PostgreSQL has no disk of its own');
    await this.disk.fill();
  }

  async freeDisk(): Promise<void> {
    await this.disk?.free();
  }

  override async end(): Promise<void> {
    try {
      await this.stop();
    } finally {
      await this.disk?.unmount();
      await super.end();
    }
  }

  override endNow(): void {
    super.endNow();
    this.disk?.unmountNow();
  }

  /** All of the database but the log: a server whose log has no room ends itself, which is as if it were killed. */
  private async moveToSmallDisk(): Promise<void> {
    this.disk = await SmallDisk.mount(join(this.dataDir, 'disk'), this.dataDir);
    if (this.disk === undefined) return;
    const { directory } = this.disk;
    const administration = new URL(this.url);
    const database = administration.pathname.slice(1);
    administration.pathname = '/postgres';
    await ask(administration.href, async (client) => {
      await client.query(`CREATE TABLESPACE small LOCATION ${client.escapeLiteral(directory)}`);
      await client.query(`ALTER DATABASE ${client.escapeIdentifier(database)} SET TABLESPACE small`);
    });
    // The first connection to it needs room for a file of PostgreSQL's own.
    await this.query('SELECT 1');
  }
}

async function ask<T>(url: string, question: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
  });
  // A lost connection fails the question itself.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await question(client);
  } finally {
    // A farewell that a dead server never answers would be waited for.
    void client.end().catch(() => undefined);
  }
}
