import { type RunningServer, startPostgres } from '../../../src/dev/servers/postgres-server.js';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { LogFile } from '../../support/log-file.js';
import type { ServerOptions } from './redis.js';
import { signal } from '../../support/signal.js';
import { SmallDisk } from './small-disk.js';

const CONNECT_TIMEOUT_MS = 5_000;
/** The longest is the dump of all tables after a long run. */
const QUERY_TIMEOUT_MS = 60_000;

/** The run's own PostgreSQL, fsync on. */
export class Postgres {
  private paused: readonly number[] = [];
  private isRunning = true;
  private disk: SmallDisk | undefined;

  private constructor(
    private server: RunningServer,
    private readonly dataDir: string,
    private readonly log: LogFile,
  ) {}

  static async start({ dataDir, port, logPath }: ServerOptions): Promise<Postgres> {
    const log = new LogFile(logPath);
    const server = await startPostgres({
      dataDir,
      port,
      log: (line) => {
        log.write(line);
      },
    });
    const postgres = new Postgres(server, dataDir, log);
    try {
      await postgres.moveToSmallDisk();
      return postgres;
    } catch (error) {
      await postgres.end();
      throw error;
    }
  }

  /** With no link between. */
  get url(): string {
    return this.server.url;
  }

  /** Fast shutdown, as an administrator does it. */
  async stop(): Promise<void> {
    this.resume();
    this.isRunning = false;
    this.log.note('stop');
    await this.server.stop();
  }

  /** As a power cut does. Returns how many processes were killed. */
  async kill(): Promise<number> {
    const killed = this.isRunning ? signal(await this.processes(), 'SIGKILL') : 0;
    this.paused = [];
    this.isRunning = false;
    this.log.note('kill -9');
    await this.server.stop();
    return killed;
  }

  /** Does nothing where it runs. */
  async startAgain(): Promise<void> {
    if (this.isRunning && signal([this.server.pid], 0) === 1) return;
    this.log.note('start');
    this.server = await startPostgres({
      dataDir: this.dataDir,
      port: this.server.port,
      log: (line) => {
        this.log.write(line);
      },
    });
    this.isRunning = true;
  }

  /** All its processes; returns how many. */
  async pause(): Promise<number> {
    // The one that starts the others goes first.
    this.paused = [this.server.pid];
    signal(this.paused, 'SIGSTOP');
    this.paused = await this.processes();
    return signal(this.paused, 'SIGSTOP');
  }

  resume(): void {
    signal(this.paused, 'SIGCONT');
    this.paused = [];
  }

  /** Over a connection of its own, closed after it, with no link between. */
  async query<Row extends object>(text: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return this.ask(this.url, async (client) => (await client.query<Row>(text, [...parameters])).rows);
  }

  /** True where its disk can be filled: a small disk could be mounted for its tables. */
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

  /** For good. */
  async end(): Promise<void> {
    try {
      await this.stop();
    } finally {
      await this.disk?.unmount();
      this.log.close();
    }
  }

  /** At this process's own exit, where nothing can be waited for. */
  endNow(): void {
    if (this.isRunning) signal([this.server.pid], 'SIGKILL');
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
    await this.ask(administration.href, async (client) => {
      await client.query(`CREATE TABLESPACE small LOCATION ${client.escapeLiteral(directory)}`);
      await client.query(`ALTER DATABASE ${client.escapeIdentifier(database)} SET TABLESPACE small`);
    });
  }

  private async ask<T>(url: string, question: (client: pg.Client) => Promise<T>): Promise<T> {
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

  /** Its first process and what that has started. Each has a session of its own, so no signal reaches all. */
  private async processes(): Promise<number[]> {
    const { pid } = this.server;
    // It has ended, or the system does not say.
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
    return [pid, ...children.trim().split(' ').filter(Boolean).map(Number)];
  }
}
