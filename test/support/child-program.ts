import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { LogFile } from './log-file.js';
import { waitFor } from './wait-for.js';

export interface ProgramEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface LaunchOptions {
  /** Beside what every process of ours has. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** In a process group of its own: Ctrl-C reaches it through us only. */
  readonly detached?: boolean;
  /** Gets its output; by default that is kept in memory. */
  readonly log?: LogFile;
  /** With a channel for messages. */
  readonly ipc?: boolean;
}

/** By TEST_RUN the run's end finds its processes, and their temporary files lie where the run's do. */
const INHERITED = ['PATH', 'TEST_RUN', 'TMPDIR'];
/** The grace period that the system asks for, its drain delay, and some room. */
const STOP_TIMEOUT_MS = 30_000;

/** A process that a test, a drill or a benchmark has started: what it says, signals to it, and its end. */
export class ChildProgram {
  readonly child: ChildProcess;
  /** What it has said so far; empty where that goes to a log file. */
  readonly lines: string[] = [];
  stdout = '';
  stderr = '';
  exit: ProgramEnd | undefined;
  /** Resolves when all that it said is there, too. */
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
    // It could not be started; 'close' follows.
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

  /** Node.js with this program of ours. */
  static node(parameters: readonly string[], options: LaunchOptions = {}): ChildProgram {
    return new ChildProgram([process.execPath, '--enable-source-maps', ...parameters], options);
  }

  /** The first words that fit in what it has said so far. */
  said(pattern: RegExp): RegExpExecArray | undefined {
    return (
      pattern.exec(this.log?.readFrom(this.logStartBytes) ?? `${this.stdout}\n${this.stderr}`) ?? undefined
    );
  }

  /** Waits for such words. @throws with all of its words where they don't come, or it ends before */
  async says(pattern: RegExp, timeoutMs: number): Promise<RegExpExecArray> {
    const found = await waitFor(String(pattern), () => this.said(pattern) ?? this.exit, timeoutMs).catch(
      () => this.exit,
    );
    if (Array.isArray(found)) return found;
    const words = this.lastLines(Number.MAX_SAFE_INTEGER).join('\n');
    throw new Error(
      `${found === undefined ? 'it did not say' : 'it ended before'} ${String(pattern)}:\n${words}`,
    );
  }

  lastLines(count: number): string[] {
    return this.log?.lastLines(this.logStartBytes, count) ?? this.lines.slice(-count);
  }

  /** Sends the signal, where it still runs, and waits for the end. */
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
