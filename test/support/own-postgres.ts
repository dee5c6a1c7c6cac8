import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { seedProducts } from '../../src/dev/seed.js';
import { type RunningServer, startPostgres } from '../../src/dev/servers/postgres-server.js';

/** A PostgreSQL of a test's own, migrated and seeded, to be stopped, killed, paused and started again. */
export class OwnPostgres {
  private paused: readonly number[] = [];

  private constructor(
    private server: RunningServer,
    /** Belongs to the account that the server runs under. */
    readonly dataDir: string,
  ) {}

  static async start(): Promise<OwnPostgres> {
    const dataDir = await mkdtemp(join(tmpdir(), 'order-postgres-'));
    const server = await startPostgres({ dataDir });
    const postgres = new OwnPostgres(server, dataDir);
    try {
      const env = { ...process.env, DATABASE_URL: server.url };
      await promisify(execFile)(process.execPath, ['dist/migrate.js'], { env });
      await seedProducts(server.url);
      return postgres;
    } catch (error) {
      await postgres.remove();
      throw error;
    }
  }

  get url(): string {
    return this.server.url;
  }

  /** As an administrator does: connections are cut, what is committed is on the disk. */
  async stop(): Promise<void> {
    this.resume();
    await this.server.stop();
  }

  /** As a power cut does: the next start replays the log. */
  async kill(): Promise<void> {
    for (const pid of await this.processes()) signal(pid, 'SIGKILL');
    await this.server.stop();
  }

  async startAgain(): Promise<void> {
    this.server = await startPostgres({ dataDir: this.dataDir, port: this.server.port });
  }

  /** It comes back as a standby that has no master, until pg_promote() makes it one. */
  async startAgainAsStandby(): Promise<void> {
    await this.stop();
    await writeFile(join(this.dataDir, 'cluster', 'standby.signal'), '');
    await this.startAgain();
  }

  /** All of its processes: it keeps its connections, even takes new ones, and answers nothing. */
  async pause(): Promise<void> {
    // The one that starts the others goes first.
    this.paused = [this.server.pid];
    signal(this.server.pid, 'SIGSTOP');
    this.paused = await this.processes();
    for (const pid of this.paused) signal(pid, 'SIGSTOP');
  }

  resume(): void {
    for (const pid of this.paused) signal(pid, 'SIGCONT');
    this.paused = [];
  }

  /** To be called after the test, whatever state it is in. */
  async remove(): Promise<void> {
    await this.stop();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  /** Its first process and what that has started. Each has a session of its own, so no signal reaches all. */
  private async processes(): Promise<number[]> {
    const { pid } = this.server;
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return [pid, ...children.trim().split(' ').filter(Boolean).map(Number)];
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // It may have ended by itself meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
