import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunningServer } from '../../src/dev/servers/child-process.js';
import type { ServerOptions } from '../../src/dev/servers/start-server.js';
import { LogFile } from './log-file.js';
import { signal, withChildren } from './signal.js';

export interface OwnServerOptions {
  /** Stays when it ends; by default it has a temporary one, which does not. */
  readonly dataDir?: string;
  /** By default a free one. */
  readonly port?: number;
  /** Of the server, by their own names. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Gets what the server says, and what is done to it. */
  readonly logPath?: string;
}

type StartServer = (options: ServerOptions) => Promise<RunningServer>;

/** A server of a test's own, to be stopped, killed, paused and started again at the same address with its data. */
export class OwnServer {
  /** Belongs to the account that the server runs under. */
  readonly dataDir: string;
  private server: RunningServer | undefined;
  private isRunning = false;
  private paused: readonly number[] = [];
  private readonly log: LogFile | undefined;

  protected constructor(
    name: string,
    private readonly startServer: StartServer,
    private readonly options: OwnServerOptions,
  ) {
    this.dataDir = options.dataDir ?? join(tmpdir(), `order-${name}-${randomUUID()}`);
    this.log = options.logPath === undefined ? undefined : new LogFile(options.logPath);
  }

  get url(): string {
    return this.running.url;
  }

  get port(): number {
    return this.running.port;
  }

  /** Whether there is a process. */
  get isUp(): boolean {
    return this.isRunning && signal([this.running.pid], 0) === 1;
  }

  /** In order: connections are cut, what was written is on the disk. */
  async stop(): Promise<void> {
    this.resume();
    if (this.isRunning) this.note('stop');
    this.isRunning = false;
    await this.server?.stop();
  }

  /** As a power cut does; returns how many processes were killed. */
  async kill(): Promise<number> {
    const killed = this.isRunning ? signal(await withChildren(this.running.pid), 'SIGKILL') : 0;
    this.paused = [];
    this.isRunning = false;
    this.note('kill -9');
    await this.server?.stop();
    return killed;
  }

  /** Does nothing where it runs. */
  async startAgain(): Promise<void> {
    if (this.isUp) return;
    this.note('start');
    const port = this.server?.port ?? this.options.port;
    const { settings } = this.options;
    this.server = await this.startServer({
      dataDir: this.dataDir,
      log: (line) => this.log?.write(line),
      ...(port !== undefined && { port }),
      ...(settings !== undefined && { settings }),
    });
    this.isRunning = true;
  }

  /** All of its processes: it keeps its connections, and answers nothing. Returns how many they are. */
  async pause(): Promise<number> {
    if (!this.isRunning) return 0;
    // The one that starts the others goes first.
    this.paused = [this.running.pid];
    signal(this.paused, 'SIGSTOP');
    this.paused = await withChildren(this.running.pid);
    return signal(this.paused, 'SIGSTOP');
  }

  resume(): void {
    signal(this.paused, 'SIGCONT');
    this.paused = [];
  }

  /** For good, whatever state it is in. */
  async end(): Promise<void> {
    await this.stop();
    this.log?.close();
    if (this.options.dataDir === undefined) await rm(this.dataDir, { recursive: true, force: true });
  }

  /** At this process's own exit, where nothing can be waited for. */
  endNow(): void {
    if (this.isRunning) signal([this.running.pid], 'SIGKILL');
  }

  protected note(what: string): void {
    this.log?.note(what);
  }

  /** The first start. @throws with nothing left where that, or what is still to be done, fails */
  protected async begin(prepare: () => Promise<void> = async () => undefined): Promise<this> {
    try {
      await this.startAgain();
      await prepare();
      return this;
    } catch (error) {
      await this.end();
      throw error;
    }
  }

  private get running(): RunningServer {
    if (this.server === undefined) throw new Error('this server was never started');
    return this.server;
  }
}
