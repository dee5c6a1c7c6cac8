import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { startPostgres } from '../../src/dev/servers/postgres-server.js';
import { OwnServer, type OwnServerOptions } from './own-server.js';
import { copyPostgresFiles, makeStandby, replacePostgresFiles } from './postgres-files.js';
import { copyTemplateCluster } from './servers/template-cluster.js';
import { SmallDisk } from './small-disk.js';

export interface OwnPostgresOptions extends OwnServerOptions {
  /** A cluster to copy, by default the run's migrated and seeded one. */
  readonly template?: string;
  /** Puts its tables on a disk that can be filled, if one can be mounted. */
  readonly smallDisk?: boolean;
}

const CONNECT_TIMEOUT_MS = 5_000;
/** Enough for a dump of all tables after a long run of the drills. */
const QUERY_TIMEOUT_MS = 60_000;

/** A PostgreSQL of a test's own, with fsync on. */
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

  /** Restarts it as a standby without a primary, until pg_promote(). */
  async startAgainAsStandby(): Promise<void> {
    await this.stop();
    await writeFile(join(this.dataDir, 'cluster', 'standby.signal'), '');
    await this.startAgain();
  }

  /** Copies its files while none of its processes runs: what a power cut at that moment would leave. */
  async copyTo(directory: string): Promise<void> {
    try {
      await this.pause();
      await copyPostgresFiles(this.dataDir, directory);
    } finally {
      this.resume();
    }
  }

  /** While it is down: it will start with the files of a copy, which is used up. */
  async replaceFiles(copied: string): Promise<void> {
    await replacePostgresFiles(this.dataDir, copied);
    this.note('its files were replaced by an older copy');
  }

  /**
   * Starts a standby by streaming replication, with the same password and a small disk of its own if this one has one.
   * @param options.primaryUrl under which the standby reaches this server
   */
  async startStandby(options: OwnServerOptions & { readonly primaryUrl: string }): Promise<OwnPostgres> {
    const standby = new OwnPostgres('postgres', startPostgres, options);
    await mkdir(standby.dataDir, { recursive: true, mode: 0o700 });
    if (this.disk !== undefined)
      standby.disk = await SmallDisk.mount(join(standby.dataDir, 'disk'), join(this.dataDir, 'cluster'));
    try {
      await this.copyTo(standby.dataDir);
      await makeStandby(standby.dataDir, this.dataDir, options.primaryUrl);
    } catch (error) {
      await standby.end();
      throw error;
    }
    return standby.begin();
  }

  /** Ends its recovery: from now on it takes writes. */
  async promote(): Promise<void> {
    const [answer] = await this.query<{ promoted: boolean }>('SELECT pg_promote() AS promoted');
    if (answer?.promoted !== true) throw new Error('the standby could not be promoted');
    this.note('promoted');
  }

  /** Runs a query over a new connection, which is closed afterwards. */
  async query<Row extends object>(text: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return ask(this.url, async (client) => (await client.query<Row>(text, [...parameters])).rows);
  }

  /** Whether its disk can be filled. */
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

  /** Moves the database without the WAL: a server without space for its WAL shuts down. */
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
    // The first connection needs space for a file of PostgreSQL.
    await this.query('SELECT 1');
  }
}

async function ask<T>(url: string, question: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
  });
  // A lost connection makes the query fail.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await question(client);
  } finally {
    // Not awaited, since a dead server never answers.
    void client.end().catch(() => undefined);
  }
}
