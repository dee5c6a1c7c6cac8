import { Redis } from 'ioredis';
import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningServer, startRedis } from '../../src/dev/servers/redis-server.js';
import { waitFor } from './wait-for.js';

/** Whatever is written there meets a full disk. */
const FULL_DISK = '/dev/full';
const APPEND_ONLY_FILE = /^appendonly\.aof\.(\d+)\.incr\.aof$/;

/** A Redis of a test's own, to be stopped, killed, paused, filled and started again at the same address. */
export class OwnRedis {
  private server: RunningServer | undefined;
  private paused = false;

  private constructor(
    readonly url: string,
    readonly port: number,
    private readonly dataDir: string,
    server: RunningServer,
  ) {
    this.server = server;
  }

  static async start(): Promise<OwnRedis> {
    const dataDir = await mkdtemp(join(tmpdir(), 'order-redis-'));
    const server = await startRedis({ dataDir });
    return new OwnRedis(server.url, server.port, dataDir, server);
  }

  /** A replica of this one, with the same password, that has all of its data. */
  async startReplica(): Promise<OwnRedis> {
    const dataDir = await mkdtemp(join(tmpdir(), 'order-redis-'));
    await writeFile(join(dataDir, 'password'), this.password(), { mode: 0o600 });
    const server = await startRedis({ dataDir });
    const replica = new OwnRedis(server.url, server.port, dataDir, server);
    await replica.follow(this);
    await waitFor('the replica to be up to date', async () =>
      (await replica.ask((redis) => redis.info('replication'))).includes('master_link_status:up'),
    );
    return replica;
  }

  /** Makes it a replica; it keeps its connections, and refuses what is written. */
  async follow(master: Pick<OwnRedis, 'port'>): Promise<void> {
    await this.ask(async (redis) => {
      await redis.config('SET', 'masterauth', this.password());
      await redis.replicaof('127.0.0.1', master.port);
    });
  }

  async becomeMaster(): Promise<void> {
    await this.ask((redis) => redis.replicaof('NO', 'ONE'));
  }

  async stop(): Promise<void> {
    await this.server?.stop();
    this.server = undefined;
  }

  /** As a power cut does: what it wrote in the last second may be lost. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.stop();
  }

  async startAgain(): Promise<void> {
    this.server ??= await startRedis({ dataDir: this.dataDir, port: this.port });
  }

  /** Kills it and starts it again without its data. */
  async startAgainEmpty(): Promise<void> {
    await this.kill();
    await rm(this.appendOnlyDir(), { recursive: true });
    await this.startAgain();
  }

  /** It keeps its connections and answers nothing. */
  async pause(): Promise<void> {
    this.signal('SIGSTOP');
    this.paused = true;
  }

  resume(): void {
    if (this.paused) this.signal('SIGCONT');
    this.paused = false;
  }

  /** How many clients are connected to it; its replicas and its master are none. */
  async clients(): Promise<number> {
    const lines = String(await this.ask((redis) => redis.client('LIST')))
      .trimEnd()
      .split('\n');
    return lines.filter((line) => !/ flags=\S*[SM]/.test(line)).length - 1;
  }

  /** Cuts all connections of clients. */
  async cutConnections(): Promise<void> {
    await this.ask(async (redis) => {
      await redis.call('CLIENT', 'KILL', 'TYPE', 'normal');
      await redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    });
  }

  async flush(): Promise<void> {
    await this.ask((redis) => redis.flushall());
  }

  /** @param bytes how much more it may take; by default it is over its limit already */
  async limitMemory(bytes?: number): Promise<void> {
    await this.ask(async (redis) => {
      const used = Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]);
      await redis.config('SET', 'maxmemory', bytes === undefined ? 1 : used + bytes);
    });
  }

  async freeMemory(): Promise<void> {
    await this.ask((redis) => redis.config('SET', 'maxmemory', 0));
  }

  /** Its append-only file meets a full disk; returns when it refuses to write. */
  async fillDisk(): Promise<void> {
    const numbers = (await readdir(this.appendOnlyDir())).map((name) => APPEND_ONLY_FILE.exec(name)?.[1]);
    const next = Math.max(...numbers.map((number) => Number(number ?? 0))) + 1;
    await symlink(FULL_DISK, join(this.appendOnlyDir(), `appendonly.aof.${next}.incr.aof`));
    await this.rewriteAppendOnlyFile();
    await waitFor('a full disk', async () => {
      const answer = await this.write();
      return answer.startsWith('MISCONF');
    });
  }

  /** The next append-only file is an ordinary one again; returns when it is written to. */
  async freeDisk(): Promise<void> {
    await this.rewriteAppendOnlyFile();
    await waitFor('room on the disk', async () => (await this.write()) === 'OK');
  }

  /** Asks over a connection of its own, by a client that is patient. */
  async ask<T>(question: (redis: Redis) => Promise<T>): Promise<T> {
    const redis = new Redis(this.url);
    try {
      return await question(redis);
    } finally {
      redis.disconnect();
    }
  }

  /** To be called after the test, whatever state it is in. */
  async remove(): Promise<void> {
    this.resume();
    await this.stop();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  private password(): string {
    return new URL(this.url).password;
  }

  private appendOnlyDir(): string {
    return join(this.dataDir, 'appendonlydir');
  }

  private async rewriteAppendOnlyFile(): Promise<void> {
    await this.ask((redis) => redis.bgrewriteaof());
    await waitFor('a new append-only file', async () =>
      (await this.ask((redis) => redis.info('persistence'))).includes('aof_rewrite_in_progress:0'),
    );
  }

  private async write(): Promise<string> {
    return this.ask((redis) => redis.set('own-redis', '')).catch((error: unknown) =>
      String(error).replace(/^\w*Error: /, ''),
    );
  }

  private signal(signal: NodeJS.Signals): void {
    if (this.server === undefined) throw new Error('this Redis does not run');
    process.kill(this.server.pid, signal);
  }
}
