import { execFile, spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

export interface RunningServer {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Shuts the server down gracefully; may be called more than once. */
  stop(): Promise<void>;
}

/** How to run a program, perhaps through a wrapper or under another account. */
export interface Command {
  readonly program: string;
  readonly parameters: readonly string[];
  readonly uid?: number;
  readonly gid?: number;
  /** By default the root directory: another account may have no access to ours. */
  readonly cwd?: string;
  /** Added to our own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whether its standard input is a pipe, which closes when we exit, even on SIGKILL. By default it has none. */
  readonly holdsInput?: boolean;
}

export interface StopStep {
  readonly signal: NodeJS.Signals;
  /** How long to wait before the next, harsher signal. */
  readonly timeoutMs: number;
}

/** Short compared with any start or stop, but long enough to use little CPU time. */
const POLL_INTERVAL_MS = 20;
/** Enough for the cause of a failed start, which servers log last. */
const KEPT_LOG_LINES = 20;
/** After a process has exited, its output is read within this time, unless a grandchild holds the pipe open. */
const LOG_DRAIN_TIMEOUT_MS = 1_000;

/** Waits until `condition` holds. @returns false after a timeout */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  timeoutMs: number,
): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline) return false;
    await delay(POLL_INTERVAL_MS);
  }
  return true;
}

/** Sends one signal after the other until `hasEnded`. @throws where even the last one had no effect */
export async function stopInSteps(
  pid: number,
  hasEnded: () => boolean | Promise<boolean>,
  steps: readonly StopStep[],
): Promise<void> {
  for (const { signal, timeoutMs } of steps) {
    if (await hasEnded()) return;
    sendSignal(pid, signal);
    if (await waitUntil(hasEnded, timeoutMs)) return;
  }
  throw new Error(`Process ${pid} is still running after ${steps.map((step) => step.signal).join(', ')}.`);
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It has exited between the check and the signal.
    if (!isErrorCode(error, 'ESRCH')) throw error;
  }
}

/** Whether it is a Node.js error with one of these codes. */
export function isErrorCode(error: unknown, ...codes: readonly string[]): boolean {
  // Not instanceof: under Jest, Node's errors come from another realm.
  return typeof error === 'object' && error !== null && 'code' in error && codes.includes(String(error.code));
}

/** A long-running child process in a session of its own, so that Ctrl-C in the terminal doesn't reach it. */
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

  /** @throws where the system can't run the program */
  static async start(command: Command, log: (line: string) => void): Promise<ServerProcess> {
    const child = spawn(command.program, command.parameters, { ...spawnOptions(command), detached: true });
    await once(child, 'spawn');
    if (child.pid === undefined) throw new Error(`${command.program} has no process id.`);
    return new ServerProcess(child, child.pid, log);
  }

  readonly hasEnded = (): boolean => this.child.exitCode !== null || this.child.signalCode !== null;

  /** Later calls wait for the first one and ignore their own steps. */
  stop(steps: readonly StopStep[]): Promise<void> {
    return (this.stopping ??= stopInSteps(this.pid, this.hasEnded, steps));
  }

  /** The last log lines of an exited or hanging process, for an error message. */
  async lastLines(): Promise<string> {
    if (this.hasEnded()) await waitUntil(() => this.isDrained, LOG_DRAIN_TIMEOUT_MS);
    return this.lines.join('\n');
  }

  private readonly keepLine = (line: string): void => {
    this.lines.push(line);
    if (this.lines.length > KEPT_LOG_LINES) this.lines.shift();
    this.log(line);
  };
}

/**
 * Runs a program until it exits.
 * @param signal terminates it early
 * @returns its standard output
 * @throws with its standard error where it fails
 */
export async function runToEnd(command: Command, timeoutMs: number, signal?: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = {
      ...spawnOptions(command),
      encoding: 'utf8' as const,
      timeout: timeoutMs,
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
    // English messages, and no failure for lack of a locale.
    env: { ...process.env, LC_ALL: 'C', ...env },
    stdio: [holdsInput ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
  };
}
