import { Redis } from 'ioredis';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningServer, startRedis } from '../../src/dev/servers/redis-server.js';

/** A Redis of a test's own, to be stopped, paused and started again at the same address. */
export class OwnRedis {
  private server: RunningServer | undefined;
  private paused = false;

  private constructor(
    readonly url: string,
    private readonly port: number,
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

  async stop(): Promise<void> {
    await this.server?.stop();
    this.server = undefined;
  }

  async startAgain(): Promise<void> {
    this.server ??= await startRedis({ dataDir: this.dataDir, port: this.port });
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

  /** How many clients are connected to it. */
  async clients(): Promise<number> {
    const redis = new Redis(this.url);
    try {
      const lines = String(await redis.client('LIST'))
        .trimEnd()
        .split('\n');
      return lines.length - 1;
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

  private signal(signal: NodeJS.Signals): void {
    if (this.server === undefined) throw new Error('this Redis does not run');
    process.kill(this.server.pid, signal);
  }
}
