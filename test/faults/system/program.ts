import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { LogFile } from './log-file.js';
import { waitUntil } from './waiting.js';
import type { WrongClock } from './wrong-clock.js';

export interface ProgramOptions {
  readonly name: string;
  readonly role: 'api' | 'relay' | 'worker' | 'sandbox';
  /** The built file that node runs, from `root`. */
  readonly main: string;
  readonly root: string;
  readonly url: string;
  readonly environment: Readonly<Record<string, string>>;
  /** What it says when it is ready. */
  readonly ready: RegExp;
  readonly logPath: string;
  readonly clock: WrongClock;
  /** It ended, and nobody had asked it to. */
  readonly onExit: (exit: ProgramExit) => void;
}

export interface ProgramExit {
  readonly process: string;
  readonly code: number | null;
  readonly signal: string | null;
  /** Whether it had become ready before. */
  readonly ready: boolean;
  readonly lastLines: readonly string[];
}

interface Run {
  readonly child: ChildProcess;
  readonly logStartBytes: number;
  ready: boolean;
  end: { readonly code: number | null; readonly signal: string | null } | undefined;
}

/** Several restarts of a process on a busy machine, and the recovery of a server in the middle. */
const READY_TIMEOUT_MS = 90_000;
/** The grace period that the system asks for, its drain delay, and some room. */
const STOP_TIMEOUT_MS = 30_000;
const KILL_TIMEOUT_MS = 10_000;
const RESTART_PAUSE_MS = 1_000;
const LAST_LINES = 20;

/** Where there is setpriv, the kernel kills a process when its parent dies, however that dies. */
const DIES_WITH_PARENT = ['setpriv', '--pdeathsig', 'KILL'] as const;
const hasSetpriv = spawnSync(DIES_WITH_PARENT[0], [...DIES_WITH_PARENT.slice(1), 'true']).status === 0;

/**
 * A process of the system (or the payment sandbox) at an address that outlives it. One that ends by itself is
 * started again after a second, as an orchestrator does, until it becomes ready.
 */
export class Program {
  /** Such as api-1. */
  readonly name: string;
  readonly role: ProgramOptions['role'];
  readonly url: string;
  private readonly log: LogFile;
  private run: Run | undefined;
  private isWanted = false;
  private clockShiftMs = 0;
  private restartTimer: NodeJS.Timeout | undefined;

  constructor(private readonly options: ProgramOptions) {
    this.name = options.name;
    this.role = options.role;
    this.url = options.url;
    this.log = new LogFile(options.logPath);
  }

  /** Whether there is a process, ready or not. */
  get isRunning(): boolean {
    return this.run !== undefined;
  }

  get hasWrongClock(): boolean {
    return this.isRunning && this.clockShiftMs !== 0;
  }

  /** kill -9; returns when it has ended. */
  async kill(): Promise<void> {
    const run = this.letGo();
    if (run === undefined) return;
    this.log.note('kill -9');
    run.child.kill('SIGKILL');
    await waitUntil(`${this.name} ends when killed`, KILL_TIMEOUT_MS, () => run.end !== undefined);
  }

  /** SIGTERM; returns when it has ended. Where it did not in its grace period, or not with 0, `onExit` is told. */
  async stop(): Promise<void> {
    const run = this.letGo();
    if (run === undefined) return;
    this.resume();
    this.log.note('SIGTERM');
    run.child.kill('SIGTERM');
    const ends = waitUntil(`${this.name} ends on SIGTERM`, STOP_TIMEOUT_MS, () => run.end !== undefined);
    await ends.catch(() => this.kill());
    if (run.end?.code !== 0) this.reportEnd(run, 'ended on SIGTERM');
  }

  pause(): void {
    this.run?.child.kill('SIGSTOP');
  }

  resume(): void {
    this.run?.child.kill('SIGCONT');
  }

  /** Starts it (again); resolves when it is ready. @param clockShiftMs how far off its clock is, default 0 */
  async start(clockShiftMs = 0): Promise<void> {
    if (this.isRunning && clockShiftMs !== this.clockShiftMs)
      throw new Error(`${this.name} runs already, with another clock`);
    this.isWanted = true;
    this.clockShiftMs = clockShiftMs;
    if (this.run === undefined) this.launch();
    const seen = this.run;
    await waitUntil(`${this.name} becomes ready`, READY_TIMEOUT_MS, () => {
      if (!this.isWanted) throw new Error(`${this.name} was ended before it was ready`);
      return this.run?.ready === true;
    }).catch((error: unknown) => {
      const run = this.run ?? seen;
      throw new Error(run === undefined ? this.name : this.tell(run, 'is not ready'), { cause: error });
    });
  }

  /** For good. */
  async end(): Promise<void> {
    await this.kill();
    this.log.close();
  }

  /** At this process's own exit, where nothing can be waited for. */
  endNow(): void {
    this.letGo()?.child.kill('SIGKILL');
  }

  /** From now on its end is nobody's fault. */
  private letGo(): Run | undefined {
    this.isWanted = false;
    clearTimeout(this.restartTimer);
    return this.run;
  }

  private launch(): void {
    const { main, root, environment, clock } = this.options;
    const { clockShiftMs } = this;
    clearTimeout(this.restartTimer);
    const logStartBytes = this.log.endBytes;
    this.log.note(clockShiftMs === 0 ? 'start' : `start, clock ${clockShiftMs} ms off by ${clock.tool}`);
    const node = [process.execPath, '--enable-source-maps', ...clock.parameters(clockShiftMs), main] as const;
    const [command, ...parameters] = hasSetpriv ? [...DIES_WITH_PARENT, ...node] : node;
    const child = spawn(command, parameters, {
      cwd: root,
      env: { ...environment, ...clock.environment(clockShiftMs) },
      // Ctrl-C reaches it through us only.
      detached: true,
      stdio: ['ignore', this.log.descriptor, this.log.descriptor],
    });
    const run: Run = { child, logStartBytes, ready: false, end: undefined };
    this.run = run;
    // It could not be started; 'close' follows.
    child.once('error', (error) => {
      this.log.note(error.message);
    });
    child.once('close', (code, signal) => {
      run.ready ||= this.saysReady(run);
      run.end = { code, signal };
      this.run = undefined;
      if (this.isWanted) this.endedByItself(run);
    });
    void waitUntil(`${this.name} says it is ready`, READY_TIMEOUT_MS, () => {
      run.ready ||= run.end === undefined && this.saysReady(run);
      return run.ready || run.end !== undefined;
    }).catch(() => {
      // Whoever waits for it says so.
    });
  }

  private reportEnd(run: Run, how: string): void {
    const lastLines = this.log.lastLines(run.logStartBytes, LAST_LINES);
    this.log.note(`${how} with ${endOf(run)}`);
    const { code, signal } = run.end ?? { code: null, signal: null };
    this.options.onExit({ process: this.name, code, signal, ready: run.ready, lastLines });
  }

  private endedByItself(run: Run): void {
    this.reportEnd(run, 'ended by itself');
    this.restartTimer = setTimeout(() => {
      this.launch();
    }, RESTART_PAUSE_MS);
  }

  private saysReady({ logStartBytes }: Run): boolean {
    return this.options.ready.test(this.log.readFrom(logStartBytes));
  }

  private tell(run: Run, what: string): string {
    return `${this.name} ${what}:\n${this.log.lastLines(run.logStartBytes, LAST_LINES).join('\n')}`;
  }
}

function endOf({ end }: Run): string {
  return `code ${end?.code ?? 'none'}, signal ${end?.signal ?? 'none'}`;
}
