import { spawnSync } from 'node:child_process';
import { ChildProgram } from '../../support/child-program.js';
import { LogFile } from '../../support/log-file.js';
import { waitFor } from '../../support/wait-for.js';
import type { WrongClock } from './wrong-clock.js';

export interface ProgramOptions {
  readonly name: string;
  readonly role: 'api' | 'relay' | 'worker' | 'sandbox';
  /** The built file that node runs, from `root`. */
  readonly main: string;
  readonly root: string;
  readonly url: string;
  readonly environment: Readonly<Record<string, string>>;
  /** The output that says that it is ready. */
  readonly ready: RegExp;
  readonly logPath: string;
  readonly clock: WrongClock;
  /** Called when it ended on its own. */
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
  readonly program: ChildProgram;
  ready: boolean;
}

/** Enough for several restarts on a busy machine, and the recovery of a server in between. */
const READY_TIMEOUT_MS = 90_000;
const RESTART_PAUSE_MS = 1_000;
const LAST_LINES = 20;

/** With setpriv, the kernel kills a process when its parent dies. */
const DIES_WITH_PARENT = ['setpriv', '--pdeathsig', 'KILL'] as const;
const hasSetpriv = spawnSync(DIES_WITH_PARENT[0], [...DIES_WITH_PARENT.slice(1), 'true']).status === 0;

/**
 * A process of the system (or the payment sandbox) at an address that stays. One that ends on its own is
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
    await run.program.stop('SIGKILL');
  }

  /** SIGTERM; returns when it has ended. After its grace period, or with another code than 0, calls `onExit`. */
  async stop(): Promise<void> {
    const run = this.letGo();
    if (run === undefined) return;
    this.resume();
    this.log.note('SIGTERM');
    await run.program.stop().catch(() => this.kill());
    if (run.program.exit?.code !== 0) this.reportEnd(run, 'ended on SIGTERM');
  }

  pause(): void {
    this.run?.program.child.kill('SIGSTOP');
  }

  resume(): void {
    this.run?.program.child.kill('SIGCONT');
  }

  /** Starts or restarts it; resolves when it is ready. @param clockShiftMs the error of its clock, default 0 */
  async start(clockShiftMs = 0): Promise<void> {
    if (this.isRunning && clockShiftMs !== this.clockShiftMs)
      throw new Error(`${this.name} runs already, with another clock`);
    this.isWanted = true;
    this.clockShiftMs = clockShiftMs;
    if (this.run === undefined) this.launch();
    const seen = this.run;
    // Several restarts may be needed.
    const outcome = await waitFor(
      'it to be ready',
      () => (this.run?.ready === true ? 'ready' : !this.isWanted && 'ended'),
      READY_TIMEOUT_MS,
    ).catch((error: unknown) => {
      const lines = (this.run ?? seen)?.program.lastLines(LAST_LINES) ?? [];
      throw new Error(`${this.name} is not ready:\n${lines.join('\n')}`, { cause: error });
    });
    if (outcome === 'ended') throw new Error(`${this.name} was ended before it was ready`);
  }

  /** Ends it for good. */
  async end(): Promise<void> {
    await this.kill();
    this.log.close();
  }

  /** Called at the exit of this process, which can't wait. */
  endNow(): void {
    this.letGo()?.program.child.kill('SIGKILL');
  }

  /** From now on its end is expected. */
  private letGo(): Run | undefined {
    this.isWanted = false;
    clearTimeout(this.restartTimer);
    return this.run;
  }

  private launch(): void {
    const { main, root, environment, clock, ready } = this.options;
    const { clockShiftMs, log } = this;
    clearTimeout(this.restartTimer);
    log.note(clockShiftMs === 0 ? 'start' : `start, clock ${clockShiftMs} ms off by ${clock.tool}`);
    const node = [process.execPath, '--enable-source-maps', ...clock.parameters(clockShiftMs), main] as const;
    const program = new ChildProgram(hasSetpriv ? [...DIES_WITH_PARENT, ...node] : node, {
      cwd: root,
      env: { ...environment, ...clock.environment(clockShiftMs) },
      detached: true,
      log,
    });
    const run: Run = { program, ready: false };
    this.run = run;
    void program.says(ready, READY_TIMEOUT_MS).then(
      () => (run.ready = true),
      // The caller that waits for it reports the error.
      () => undefined,
    );
    void program.ended.then(() => {
      run.ready ||= program.said(ready) !== undefined;
      this.run = undefined;
      if (this.isWanted) this.endedByItself(run);
    });
  }

  private reportEnd({ program, ready }: Run, how: string): void {
    const lastLines = program.lastLines(LAST_LINES);
    const { code, signal } = program.exit ?? { code: null, signal: null };
    this.log.note(`${how} with code ${code ?? 'none'}, signal ${signal ?? 'none'}`);
    this.options.onExit({ process: this.name, code, signal, ready, lastLines });
  }

  private endedByItself(run: Run): void {
    this.reportEnd(run, 'ended by itself');
    this.restartTimer = setTimeout(() => {
      this.launch();
    }, RESTART_PAUSE_MS);
  }
}
