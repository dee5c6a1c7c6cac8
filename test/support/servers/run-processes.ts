import { readdir, readFile, readlink } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** PostgreSQL's immediate shutdown takes milliseconds; without it a piece of shared memory would stay. */
const POSTGRES_GRACE_MS = 2_000;
const POLL_MS = 20;

/** What tells whose process one is. Both hold for most; Redis overwrites its environment, and node works elsewhere. */
export interface TestRun {
  /** TEST_RUN in the environment of all that the run starts. */
  readonly id: string;
  /** The run's temporary directory, in which its servers work. */
  readonly directory: string;
}

/** Ends every process of the run but this one. (Linux only: elsewhere nothing tells whose process one is.) */
export async function endProcessesOf(run: TestRun): Promise<void> {
  const deadlineMs = performance.now() + POSTGRES_GRACE_MS;
  for (;;) {
    const pids = await processesOf(run);
    if (pids.length === 0) return;
    for (const pid of pids) {
      const isPostgres = (await commandOf(pid)) === 'postgres' && performance.now() < deadlineMs;
      send(pid, isPostgres ? 'SIGQUIT' : 'SIGKILL');
      // One that a test has stopped takes no other signal.
      send(pid, 'SIGCONT');
    }
    await delay(POLL_MS);
  }
}

export async function processesOf(run: TestRun): Promise<number[]> {
  if (process.platform !== 'linux') return [];
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const belongs = await Promise.all(pids.map((pid) => belongsTo(pid, run)));
  return pids.filter((pid, index) => pid !== process.pid && belongs[index] === true);
}

/** One that has ended, and that nobody has collected yet, has neither an environment nor a directory any more. */
async function belongsTo(pid: number, { id, directory }: TestRun): Promise<boolean> {
  const [environment, cwd] = await Promise.all([
    readFile(`/proc/${pid}/environ`, 'utf8').catch(() => ''),
    readlink(`/proc/${pid}/cwd`).catch(() => ''),
  ]);
  return environment.split('\0').includes(`TEST_RUN=${id}`) || `${cwd}/`.startsWith(`${directory}/`);
}

async function commandOf(pid: number): Promise<string> {
  return (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim();
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It has ended meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
