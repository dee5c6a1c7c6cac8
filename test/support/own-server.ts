import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunningServer } from '../../src/dev/servers/child-process.js';
import type { ServerOptions } from '../../src/dev/servers/start-server.js';
import { LogFile } from './log-file.js';
import { signal, stopAll, withChildren } from './signal.js';

export interface OwnServerOptions {
  /** Kept at the end; by default a temporary directory, which is removed. */
  readonly dataDir?: string;
  /** By default a free one. */
  readonly port?: number;
  /** Settings of the server, by their own names. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Gets the server's log, and notes of what is done to it. */
  readonly logPath?: string;
}

type StartServer = (options: ServerOptions) => Promise<RunningServer>;

/** A server of a test's own, which can be stopped, killed, paused and restarted with its address and data. */
export class OwnServer {
  /** Owned by the account of the server. */
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

  /** Whether its process exists. */
  get isUp(): boolean {
    return this.isRunning && signal([this.running.pid], 0) === 1;
  }

  /** Stops it cleanly: connections are closed, and all data is on disk. */
  async stop(): Promise<void> {
    this.resume();
    if (this.isRunning) this.note('stop');
    this.isRunning = false;
    await this.server?.stop();
  }

  /** Kills it, like a power cut. @returns the number of killed processes */
  async kill(): Promise<number> {
    const killed = this.isRunning ? signal(await withChildren(this.running.pid), 'SIGKILL') : 0;
    this.paused = [];
    this.isRunning = false;
    this.note('kill -9');
    await this.server?.stop();
    return killed;
  }

  /** Does nothing if it runs. */
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

  /** Pauses all of its processes: it keeps its connections and answers nothing. @returns their number */
  async pause(): Promise<number> {
    if (!this.isRunning) return 0;
    // First the process that starts the others.
    this.paused = [this.running.pid];
    await stopAll(this.paused);
    this.paused = await withChildren(this.running.pid);
    return stopAll(this.paused);
  }

  resume(): void {
    signal(this.paused, 'SIGCONT');
    this.paused = [];
  }

  /** Ends it from any state, and removes its temporary data. */
  async end(): Promise<void> {
    await this.stop();
    this.log?.close();
    if (this.options.dataDir === undefined) await rm(this.dataDir, { recursive: true, force: true });
  }

  /** For the exit of this process, which cannot wait. */
  endNow(): void {
    if (this.isRunning) signal([this.running.pid], 'SIGKILL');
  }

  protected note(what: string): void {
    this.log?.note(what);
  }

  /** The first start. If it or `prepare` fails, everything is removed. */
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
