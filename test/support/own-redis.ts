import { Redis } from 'ioredis';
import { mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startRedis } from '../../src/dev/servers/redis-server.js';
import { OwnServer, type OwnServerOptions } from './own-server.js';
import { waitFor } from './wait-for.js';

/** Every write to it fails with a full disk. */
const FULL_DISK = '/dev/full';
const APPEND_ONLY_FILE = /^appendonly\.aof\.(\d+)\.incr\.aof$/;
const ANSWER_TIMEOUT_MS = 10_000;
const DISK_TIMEOUT_MS = 30_000;
const ROLE_TIMEOUT_MS = 30_000;
/** No server listens there. */
const NO_MASTER = { port: 9 };
/** By default a master waits 5 s for more replicas before a synchronization. */
const SETTINGS = { 'repl-diskless-sync-delay': '0' };

/** A Redis of a test's own. */
export class OwnRedis extends OwnServer {
  static async start(options: OwnServerOptions = {}): Promise<OwnRedis> {
    return OwnRedis.unstarted(options).begin();
  }

  /** Starts a replica with the same password, and waits until it has all data. */
  async startReplica(options: OwnServerOptions = {}): Promise<OwnRedis> {
    const replica = OwnRedis.unstarted(options);
    await mkdir(replica.dataDir, { mode: 0o700, recursive: true });
    await writeFile(join(replica.dataDir, 'password'), this.password(), { mode: 0o600 });
    return replica.begin(async () => {
      await replica.follow(this);
      await replica.untilReplicationSays('master_link_status:up');
      // A master refuses to fail over before it has heard from the replica.
      await this.untilReplicationSays(`port=${replica.port},state=online`);
    });
  }

  /** Makes it a replica: it keeps its connections, answers reads and refuses writes. */
  async follow(master: Pick<OwnRedis, 'port'>): Promise<void> {
    await this.ask(async (redis) => {
      await redis.config('SET', 'masterauth', this.password());
      await redis.replicaof('127.0.0.1', master.port);
    });
  }

  /** Makes it a replica without a master. */
  async demote(): Promise<void> {
    await this.follow(NO_MASTER);
    this.note('demoted');
  }

  async becomeMaster(): Promise<void> {
    await this.ask((redis) => redis.replicaof('NO', 'ONE'));
    this.note('master');
  }

  /** Fails over to its replica without data loss. This one becomes a replica and keeps its connections. */
  async failOverTo(replica: OwnRedis): Promise<void> {
    await this.ask(async (redis) => {
      await redis.config('SET', 'masterauth', this.password());
      await redis.call('FAILOVER', 'TO', '127.0.0.1', String(replica.port));
    });
    await replica.untilReplicationSays('role:master');
    await this.untilReplicationSays('role:slave');
    this.note(`failed over from ${this.port} to ${replica.port}`);
  }

  /** Kills it and starts it again without its data. */
  async startAgainEmpty(): Promise<void> {
    await this.kill();
    await rm(this.appendOnlyDir(), { recursive: true, force: true });
    await this.startAgain();
  }

  /** The number of clients, without replicas and master. */
  async clients(): Promise<number> {
    const lines = String(await this.ask((redis) => redis.client('LIST')))
      .trimEnd()
      .split('\n');
    return lines.filter((line) => !/ flags=\S*[SM]/.test(line)).length - 1;
  }

  /** Closes the connections of all clients. @returns how many */
  async cutConnections(): Promise<number> {
    return this.ask(async (redis) => {
      const normal = Number(await redis.call('CLIENT', 'KILL', 'TYPE', 'normal'));
      return normal + Number(await redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub'));
    });
  }

  async flush(): Promise<void> {
    await this.ask((redis) => redis.flushall());
  }

  /** @param bytes how much more memory it may use; without it, all writes are refused */
  async limitMemory(bytes?: number): Promise<void> {
    await this.ask(async (redis) => {
      const used = Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]);
      await redis.config('SET', 'maxmemory', bytes === undefined ? 1 : used + bytes);
    });
  }

  async freeMemory(): Promise<void> {
    await this.ask((redis) => redis.config('SET', 'maxmemory', 0));
  }

  /** Fills the disk of its append-only file, and waits until it refuses writes (MISCONF). */
  async fillDisk(): Promise<void> {
    const numbers = (await readdir(this.appendOnlyDir())).map((name) => APPEND_ONLY_FILE.exec(name)?.[1]);
    const next = Math.max(...numbers.map((number) => Number(number ?? 0))) + 1;
    await symlink(FULL_DISK, join(this.appendOnlyDir(), `appendonly.aof.${next}.incr.aof`));
    await this.rewriteAppendOnlyFile();
    await waitFor('a full disk', async () => (await this.write()).startsWith('MISCONF'), DISK_TIMEOUT_MS);
  }

  /** Switches to an ordinary append-only file, and waits until it accepts writes. */
  async freeDisk(): Promise<void> {
    await this.rewriteAppendOnlyFile();
    await waitFor('space on the disk', async () => (await this.write()) === 'OK', DISK_TIMEOUT_MS);
  }

  /** Uses a new connection. @throws if it does not answer in time */
  async ask<T>(question: (redis: Redis) => Promise<T>): Promise<T> {
    const redis = new Redis(this.url, {
      lazyConnect: true,
      connectTimeout: ANSWER_TIMEOUT_MS,
      commandTimeout: ANSWER_TIMEOUT_MS,
      maxRetriesPerRequest: 0,
      retryStrategy: () => null,
    });
    // A lost connection makes the command fail.
    redis.on('error', () => undefined);
    try {
      await redis.connect();
      return await question(redis);
    } finally {
      redis.disconnect();
    }
  }

  private static unstarted(options: OwnServerOptions): OwnRedis {
    return new OwnRedis('redis', startRedis, { ...options, settings: { ...SETTINGS, ...options.settings } });
  }

  private async untilReplicationSays(line: string): Promise<void> {
    const says = async () => (await this.ask((redis) => redis.info('replication'))).includes(line);
    await waitFor(`${line} on port ${this.port}`, says, ROLE_TIMEOUT_MS);
  }

  private password(): string {
    return new URL(this.url).password;
  }

  private appendOnlyDir(): string {
    return join(this.dataDir, 'appendonlydir');
  }

  private async rewriteAppendOnlyFile(): Promise<void> {
    // Refused while an automatic rewrite is running.
    await waitFor('a rewrite', () => this.ask((redis) => redis.bgrewriteaof()), DISK_TIMEOUT_MS);
    const isOver = async () => {
      const says = await this.ask((redis) => redis.info('persistence'));
      return says.includes('aof_rewrite_in_progress:0') && says.includes('aof_rewrite_scheduled:0');
    };
    await waitFor('a new append-only file', isOver, DISK_TIMEOUT_MS);
  }

  /** @returns OK or the error message */
  private async write(): Promise<string> {
    return this.ask((redis) => redis.set('own-redis', '')).catch((error: unknown) =>
      String(error).replace(/^\w*Error: /, ''),
    );
  }
}
