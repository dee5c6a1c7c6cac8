import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { LogFile } from './log-file.js';
import { waitFor } from './wait-for.js';

export interface ProgramEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface LaunchOptions {
  /** In addition to the inherited variables. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** In a process group of its own, which Ctrl-C doesn't reach. */
  readonly detached?: boolean;
  /** Gets its output, which is kept in memory by default. */
  readonly log?: LogFile;
  /** Whether it has an IPC channel. */
  readonly ipc?: boolean;
}

/** TEST_RUN marks the processes that the end of the run kills, TMPDIR is the run's temporary directory. */
const INHERITED = ['PATH', 'TEST_RUN', 'TMPDIR'];
/** More than the system's grace period and drain delay. */
const STOP_TIMEOUT_MS = 30_000;

/** A process started by a test, a drill or a benchmark: its output, signals and end. */
export class ChildProgram {
  readonly child: ChildProcess;
  /** Its output so far; empty if that goes to a log file. */
  readonly lines: string[] = [];
  stdout = '';
  stderr = '';
  exit: ProgramEnd | undefined;
  /** Resolves after the end, with all output received. */
  readonly ended: Promise<ProgramEnd>;
  private readonly log: LogFile | undefined;
  private readonly logStartBytes: number;

  constructor([command, ...parameters]: readonly [string, ...string[]], options: LaunchOptions = {}) {
    const { env = {}, cwd, detached = false, log, ipc = false } = options;
    this.log = log;
    this.logStartBytes = log?.endBytes ?? 0;
    const output = log?.descriptor ?? 'pipe';
    this.child = spawn(command, parameters, {
      env: { ...inherited(), ...env },
      detached,
      stdio: ['ignore', output, output, ...(ipc ? (['ipc'] as const) : [])],
      ...(cwd === undefined ? {} : { cwd }),
    });
    for (const name of ['stdout', 'stderr'] as const) {
      const stream = this.child[name];
      if (stream === null) continue;
      stream.setEncoding('utf8').on('data', (text: string) => (this[name] += text));
      createInterface(stream).on('line', (line) => this.lines.push(line));
    }
    // The start failed; 'close' follows.
    this.child.once('error', ({ message }) => {
      this.lines.push(message);
      log?.note(message);
    });
    this.ended = new Promise((resolve) => {
      this.child.once('close', (code, signal) => {
        this.exit = { code, signal };
        resolve(this.exit);
      });
    });
  }

  /** Runs one of our programs with Node.js. */
  static node(parameters: readonly string[], options: LaunchOptions = {}): ChildProgram {
    return new ChildProgram([process.execPath, '--enable-source-maps', ...parameters], options);
  }

  /** The first match in its output so far. */
  said(pattern: RegExp): RegExpExecArray | undefined {
    return (
      pattern.exec(this.log?.readFrom(this.logStartBytes) ?? `${this.stdout}\n${this.stderr}`) ?? undefined
    );
  }

  /** Waits for a match. @throws with the whole output if there is none in time, or it ends before */
  async says(pattern: RegExp, timeoutMs: number): Promise<RegExpExecArray> {
    const found = await waitFor(String(pattern), () => this.said(pattern) ?? this.exit, timeoutMs).catch(
      () => this.exit,
    );
    if (Array.isArray(found)) return found;
    const output = this.lastLines(Number.MAX_SAFE_INTEGER).join('\n');
    throw new Error(
      `${found === undefined ? 'it did not print' : 'it ended before it printed'} ${String(pattern)}:\n${output}`,
    );
  }

  lastLines(count: number): string[] {
    return this.log?.lastLines(this.logStartBytes, count) ?? this.lines.slice(-count);
  }

  /** Sends the signal and waits for the end. */
  async stop(signal: NodeJS.Signals = 'SIGTERM', timeoutMs = STOP_TIMEOUT_MS): Promise<ProgramEnd> {
    this.child.kill(signal);
    return waitFor(`its end on ${signal}`, () => this.exit, timeoutMs);
  }
}

function inherited(): Record<string, string> {
  return Object.fromEntries(
    INHERITED.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
