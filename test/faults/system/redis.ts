import { type RunningServer, startRedis } from '../../../src/dev/servers/redis-server.js';
import { Redis as Client } from 'ioredis';
import { copyFile, mkdir, readdir, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LogFile } from '../../support/log-file.js';
import { signal } from '../../support/signal.js';
import { waitUntil } from './waiting.js';

export interface ServerOptions {
  readonly dataDir: string;
  readonly port: number;
  readonly logPath: string;
}

/** Whatever is written there meets a full disk. */
const FULL_DISK = '/dev/full';
const APPEND_ONLY_FILE = /^appendonly\.aof\.(\d+)\.incr\.aof$/;
const ANSWER_TIMEOUT_MS = 10_000;
const DISK_TIMEOUT_MS = 30_000;
const ROLE_TIMEOUT_MS = 30_000;
/** Nobody listens there. */
const NO_MASTER = ['127.0.0.1', 9] as const;
/** Each keeps the connections that it has. So many are more than a run of some minutes makes. */
const MAX_FORMER_SERVERS = 8;

/** The run's own Redis. */
export class Redis {
  private isRunning = true;
  private hasLittleMemory = false;
  private hasFullDisk = false;
  private isDemoted = false;
  private failOvers = 0;
  /** Replicas by now, with whoever has not left them. */
  private readonly former: RunningServer[] = [];

  private constructor(
    private server: RunningServer,
    private dataDir: string,
    private readonly log: LogFile,
  ) {}

  static async start({ dataDir, port, logPath }: ServerOptions): Promise<Redis> {
    const log = new LogFile(logPath);
    const server = await startRedis({
      dataDir,
      port,
      log: (line) => {
        log.write(line);
      },
    });
    return new Redis(server, dataDir, log);
  }

  /** With no link between. */
  get url(): string {
    return this.server.url;
  }

  /** Whether there is a process. */
  get isUp(): boolean {
    return this.isRunning && signal([this.server.pid], 0) === 1;
  }

  /** As a power cut does: what it wrote in the last second may be lost. */
  async kill(): Promise<void> {
    if (this.isRunning) signal([this.server.pid], 'SIGKILL');
    this.isRunning = false;
    this.log.note('kill -9');
    await this.server.stop();
  }

  /** Does nothing where it runs. */
  async startAgain(): Promise<void> {
    if (this.isUp) return;
    this.log.note('start');
    const { dataDir, server } = this;
    this.server = await startRedis({
      dataDir,
      port: server.port,
      log: (line) => {
        this.log.write(line);
      },
    });
    this.isRunning = true;
    this.hasLittleMemory = false;
    this.isDemoted = false;
  }

  /** Killed, its data removed, started again. */
  async startAgainEmpty(): Promise<void> {
    await this.kill();
    await rm(this.appendOnlyDir(), { recursive: true, force: true });
    this.hasFullDisk = false;
    await this.startAgain();
  }

  /** It keeps its connections and answers nothing. */
  pause(): void {
    if (this.isRunning) signal([this.server.pid], 'SIGSTOP');
  }

  resume(): void {
    if (this.isRunning) signal([this.server.pid], 'SIGCONT');
  }

  async flushAll(): Promise<void> {
    await this.ask((client) => client.flushall());
  }

  /** CLIENT KILL of everybody; returns how many connections were cut. */
  async cutConnections(): Promise<number> {
    return this.ask(async (client) => {
      const normal = Number(await client.call('CLIENT', 'KILL', 'TYPE', 'normal'));
      return normal + Number(await client.call('CLIENT', 'KILL', 'TYPE', 'pubsub'));
    });
  }

  /** It becomes a replica without a master: it keeps its connections, answers reads, and refuses writes. */
  async demote(): Promise<void> {
    this.isDemoted = true;
    await this.ask((client) => client.replicaof(...NO_MASTER));
    this.log.note('demoted');
  }

  async promote(): Promise<void> {
    if (!this.isDemoted) return;
    await this.ask((client) => client.replicaof('NO', 'ONE'));
    this.isDemoted = false;
    this.log.note('promoted');
  }

  /**
   * Another server takes over with all data, and this address is its own from now on. The old one becomes its replica,
   * and keeps its connections.
   * @returns the old one's address
   */
  async failOver(): Promise<string> {
    const { server: old, dataDir: oldDir } = this;
    this.failOvers += 1;
    const dataDir = join(dirname(oldDir), `redis-${this.failOvers}`);
    await mkdir(dataDir, { mode: 0o700 });
    await copyFile(join(oldDir, 'password'), join(dataDir, 'password'));
    const next = await startRedis({
      dataDir,
      log: (line) => {
        this.log.write(line);
      },
    });
    this.former.push(next);
    const { password } = new URL(old.url);
    for (const { url } of [old, next])
      await ask(url, (client) => client.config('SET', 'masterauth', password));
    await ask(next.url, (client) => client.replicaof('127.0.0.1', old.port));
    await this.untilReplicationSays(next, 'master_link_status:up');
    await ask(old.url, (client) => client.call('FAILOVER', 'TO', '127.0.0.1', String(next.port)));
    await this.untilReplicationSays(next, 'role:master');
    await this.untilReplicationSays(old, 'role:slave');
    this.former.splice(this.former.indexOf(next), 1, old);
    this.server = next;
    this.dataDir = dataDir;
    this.log.note(`failed over from ${old.port} to ${next.port}`);
    if (this.former.length > MAX_FORMER_SERVERS) await this.former.shift()?.stop();
    return old.url;
  }

  /** maxmemory below what is used already: writes are refused until it is freed again. */
  async limitMemory(): Promise<void> {
    this.hasLittleMemory = true;
    await this.ask((client) => client.config('SET', 'maxmemory', 1));
  }

  async freeMemory(): Promise<void> {
    if (!this.hasLittleMemory) return;
    await this.ask((client) => client.config('SET', 'maxmemory', 0));
    this.hasLittleMemory = false;
  }

  /** Its append-only file meets a full disk (MISCONF); returns when it refuses to write. */
  async fillDisk(): Promise<void> {
    const numbers = (await readdir(this.appendOnlyDir())).map((name) => APPEND_ONLY_FILE.exec(name)?.[1]);
    const next = Math.max(...numbers.map((number) => Number(number ?? 0))) + 1;
    await symlink(FULL_DISK, join(this.appendOnlyDir(), `appendonly.aof.${next}.incr.aof`));
    this.hasFullDisk = true;
    await this.rewriteAppendOnlyFile();
    await waitUntil('Redis meets a full disk', DISK_TIMEOUT_MS, async () =>
      (await this.write()).startsWith('MISCONF'),
    );
  }

  /** The next append-only file is an ordinary one again; returns when it is written to. */
  async freeDisk(): Promise<void> {
    if (!this.hasFullDisk) return;
    await this.rewriteAppendOnlyFile();
    await waitUntil('Redis has room on its disk', DISK_TIMEOUT_MS, async () => (await this.write()) === 'OK');
    this.hasFullDisk = false;
  }

  /** For good. */
  async end(): Promise<void> {
    this.resume();
    this.isRunning = false;
    this.log.note('stop');
    await Promise.all([this.server, ...this.former].map((server) => server.stop()));
    this.log.close();
  }

  /** At this process's own exit, where nothing can be waited for. */
  endNow(): void {
    if (this.isRunning) signal([this.server.pid], 'SIGKILL');
    signal(
      this.former.map(({ pid }) => pid),
      'SIGKILL',
    );
  }

  private async ask<T>(question: (client: Client) => Promise<T>): Promise<T> {
    return ask(this.url, question);
  }

  private async untilReplicationSays({ url, port }: RunningServer, line: string): Promise<void> {
    await waitUntil(`Redis on port ${port} says ${line}`, ROLE_TIMEOUT_MS, async () =>
      (await ask(url, (client) => client.info('replication'))).includes(line),
    );
  }

  private appendOnlyDir(): string {
    return join(this.dataDir, 'appendonlydir');
  }

  private async rewriteAppendOnlyFile(): Promise<void> {
    await this.ask((client) => client.bgrewriteaof());
    await waitUntil('Redis has a new append-only file', DISK_TIMEOUT_MS, async () =>
      (await this.ask((client) => client.info('persistence'))).includes('aof_rewrite_in_progress:0'),
    );
  }

  /** OK, or the words in which it refuses. */
  private async write(): Promise<string> {
    return this.ask((client) => client.set('drill', '')).catch((error: unknown) =>
      String(error).replace(/^\w*Error: /, ''),
    );
  }
}

/** Over a connection of its own. @throws where it does not answer in time */
async function ask<T>(url: string, question: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client(url, {
    lazyConnect: true,
    connectTimeout: ANSWER_TIMEOUT_MS,
    commandTimeout: ANSWER_TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  // A lost connection fails the question itself.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await question(client);
  } finally {
    client.disconnect();
  }
}
