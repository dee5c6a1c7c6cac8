import { readlink } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { findProcesses, readOfProcess, signal } from '../signal.js';

/** For PostgreSQL's immediate shutdown, which takes milliseconds; SIGKILL would leave shared memory behind. */
const POSTGRES_GRACE_MS = 2_000;
const POLL_MS = 20;

/** How to find a run's processes. Redis overwrites its environment, and Node.js runs in other directories. */
export interface TestRun {
  /** TEST_RUN in the environment of all that the run starts. */
  readonly id: string;
  /** The run's temporary directory, in which its servers work. */
  readonly directory: string;
}

/** Ends every process of the run but this one. Only on Linux: elsewhere they cannot be found. */
export async function endProcessesOf(run: TestRun): Promise<void> {
  const deadlineMs = performance.now() + POSTGRES_GRACE_MS;
  for (;;) {
    const pids = await processesOf(run);
    if (pids.length === 0) return;
    for (const pid of pids) {
      const isPostgres =
        (await readOfProcess(pid, 'comm')).trim() === 'postgres' && performance.now() < deadlineMs;
      signal([pid], isPostgres ? 'SIGQUIT' : 'SIGKILL');
      // A process stopped by a test handles no other signal.
      signal([pid], 'SIGCONT');
    }
    await delay(POLL_MS);
  }
}

/** Without zombies, which have neither an environment nor a directory. */
export async function processesOf({ id, directory }: TestRun): Promise<number[]> {
  return findProcesses(async (pid) => {
    const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => '');
    if (`${cwd}/`.startsWith(`${directory}/`)) return true;
    return (await readOfProcess(pid, 'environ')).split('\0').includes(`TEST_RUN=${id}`);
  });
}
