import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChildProgram } from '../support/child-program.js';
import { LogFile } from '../support/log-file.js';

export type Environment = Readonly<Record<string, string>>;

/** A process that answers requests. */
export interface ServerProcess {
  readonly url: string;
  readonly pid: number;
  readonly child: ChildProcess;
  /** May be called more than once. */
  stop(): Promise<void>;
}

/** The arguments of `npm run start:prod` for Node.js, with which everything that is compared runs. */
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: { 'start:prod': string } };
const PRODUCTION_FLAGS = scripts['start:prod'].split(' ').filter((word) => word.startsWith('--'));

/** The unit in which Linux counts CPU time, whatever its timer's frequency. */
const TICKS_A_SECOND = 100;

/** How long a process may take to become ready on a busy machine. */
const READY_TIMEOUT_MS = 30_000;

/**
 * A Node.js process of the system or of what it is compared with, which logs `ready` with its url in a JSON line. Its
 * log goes to a file, which costs the measuring process nothing.
 * @param script relative to the repository @param nodeArguments such as --expose-gc
 */
export async function startServer(
  environment: Environment,
  script = 'dist/main.js',
  nodeArguments: readonly string[] = [],
): Promise<ServerProcess> {
  const directory = await mkdtemp(join(tmpdir(), 'order-bench-log-'));
  const log = new LogFile(join(directory, 'log'));
  const program = new ChildProgram([process.execPath, ...PRODUCTION_FLAGS, ...nodeArguments, script], {
    env: { LOG_LEVEL: 'info', ...environment },
    log,
    ipc: true,
  });
  void program.ended.then(async () => {
    log.close();
    await rm(directory, { recursive: true });
  });
  const [, url = ''] = await program.says(/"url":"(http:[^"]+)".*"msg":"ready"/, READY_TIMEOUT_MS);
  const { child } = program;
  // A process that is ready has a pid.
  const { pid = 0 } = child;
  return {
    url,
    pid,
    child,
    stop: async () => {
      await program.stop();
    },
  };
}

/** The CPU ticks of a process in /proc: its own, and those of its ended children. */
interface Stat {
  readonly pid: number;
  readonly parent: number;
  readonly own: number;
  readonly ended: number;
}

/** Seconds of CPU that a process and its children, including ended ones, have used so far. */
export function cpuSeconds(pid: number): number {
  const children = new Map<number, Stat[]>();
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const stat = statOf(Number(entry));
    if (stat === undefined) continue;
    children.set(stat.parent, [...(children.get(stat.parent) ?? []), stat]);
  }
  const ofTree = ({ pid: id, own, ended }: Stat): number =>
    own + ended + (children.get(id) ?? []).reduce((sum, child) => sum + ofTree(child), 0);
  const stat = statOf(pid);
  if (stat === undefined) throw new Error(`there is no process ${pid}`);
  return ofTree(stat) / TICKS_A_SECOND;
}

/** Undefined if the process has ended. */
function statOf(pid: number): Stat | undefined {
  let text;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The program's name, which may contain anything, ends with the last bracket.
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [, parent = NaN] = fields;
  const [user = NaN, system = NaN, endedUser = NaN, endedSystem = NaN] = fields.slice(11);
  return { pid, parent, own: user + system, ended: endedUser + endedSystem };
}

/** MiB of memory that a process has in use. */
export function residentMiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1_024;
}
