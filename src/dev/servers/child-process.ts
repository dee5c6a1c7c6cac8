import { execFile, spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

export interface RunningServer {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Shuts the server down in order; may be called more than once. */
  stop(): Promise<void>;
}

/** How to run a program: a wrapper and an account may stand between us and it. */
export interface Command {
  readonly program: string;
  readonly parameters: readonly string[];
  readonly uid?: number;
  readonly gid?: number;
  /** By default the root directory: the other account may have no right to ours. */
  readonly cwd?: string;
  /** Beside our own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Its standard input is a pipe that closes when we die, kill -9 included. By default it has none. */
  readonly holdsInput?: boolean;
}

export interface StopStep {
  readonly signal: NodeJS.Signals;
  /** How long the process may take over this signal before the next, harsher one. */
  readonly waitMilliseconds: number;
}

/** Short against any start or stop, long enough to cost no processor time. */
const POLL_MILLISECONDS = 20;
/** Enough for the cause of a failed start, which servers print last. */
const KEPT_LOG_LINES = 20;
/** A pipe is drained within this time after its process ended, unless a grandchild holds it open. */
const LOG_DRAIN_MILLISECONDS = 1_000;

/** Waits until `condition` holds; false when `limitMilliseconds` have passed before that. */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  limitMilliseconds: number,
): Promise<boolean> {
  const deadline = performance.now() + limitMilliseconds;
  while (!(await condition())) {
    if (performance.now() > deadline) return false;
    await delay(POLL_MILLISECONDS);
  }
  return true;
}

/** Sends one signal after the other until `hasEnded`; an Error when even the last one had no effect. */
export async function stopInSteps(
  pid: number,
  hasEnded: () => boolean | Promise<boolean>,
  steps: readonly StopStep[],
): Promise<void> {
  for (const { signal, waitMilliseconds } of steps) {
    if (await hasEnded()) return;
    sendSignal(pid, signal);
    if (await waitUntil(hasEnded, waitMilliseconds)) return;
  }
  throw new Error(`Process ${pid} is still running after ${steps.map((step) => step.signal).join(', ')}.`);
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It may end by itself between the look and the signal.
    if (!isErrorCode(error, 'ESRCH')) throw error;
  }
}

/** True for a Node.js error that carries one of these codes. */
export function isErrorCode(error: unknown, ...codes: readonly string[]): boolean {
  // Not instanceof: under Jest the system's errors come from another realm.
  return typeof error === 'object' && error !== null && 'code' in error && codes.includes(String(error.code));
}

/** A long-running child in a session of its own, so that the terminal's Ctrl-C doesn't reach it. */
export class ServerProcess {
  private readonly lines: string[] = [];
  private isDrained = false;
  private stopping: Promise<void> | undefined;

  private constructor(
    private readonly child: ChildProcess,
    readonly pid: number,
    private readonly log: (line: string) => void,
  ) {
    child.once('close', () => (this.isDrained = true));
    for (const stream of [child.stdout, child.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', this.keepLine);
    }
  }

  /** Starts the program; an Error when the system can't run it. */
  static async start(command: Command, log: (line: string) => void): Promise<ServerProcess> {
    const child = spawn(command.program, command.parameters, { ...spawnOptions(command), detached: true });
    await once(child, 'spawn');
    if (child.pid === undefined) throw new Error(`${command.program} was started without a process id.`);
    return new ServerProcess(child, child.pid, log);
  }

  readonly hasEnded = (): boolean => this.child.exitCode !== null || this.child.signalCode !== null;

  /** The steps of the first call count; a later call waits for the same end. */
  stop(steps: readonly StopStep[]): Promise<void> {
    return (this.stopping ??= stopInSteps(this.pid, this.hasEnded, steps));
  }

  /** The last log lines of an ended or hanging process, for an error's text. */
  async lastLines(): Promise<string> {
    if (this.hasEnded()) await waitUntil(() => this.isDrained, LOG_DRAIN_MILLISECONDS);
    return this.lines.join('\n');
  }

  private readonly keepLine = (line: string): void => {
    this.lines.push(line);
    if (this.lines.length > KEPT_LOG_LINES) this.lines.shift();
    this.log(line);
  };
}

/**
 * Runs a short program to its end and returns what it printed; an Error with its output when it fails.
 * @param signal ends it before
 */
export async function runToEnd(
  command: Command,
  limitMilliseconds: number,
  signal?: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = {
      ...spawnOptions(command),
      encoding: 'utf8' as const,
      timeout: limitMilliseconds,
      ...(signal === undefined ? {} : { signal }),
    };
    execFile(command.program, command.parameters, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${command.program} failed: ${error.message}\n${stderr}`, { cause: error }));
    });
  });
}

function spawnOptions({
  uid,
  gid,
  cwd = '/',
  env = {},
  holdsInput = false,
}: Command): SpawnOptions & { env: NodeJS.ProcessEnv; cwd: string } {
  return {
    cwd,
    // English messages, and no failure over a locale this machine lacks.
    env: { ...process.env, LC_ALL: 'C', ...env },
    stdio: [holdsInput ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
  };
}
