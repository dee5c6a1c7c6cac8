import { readlink } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { findProcesses, readOfProcess, signal } from '../signal.js';

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
      const isPostgres =
        (await readOfProcess(pid, 'comm')).trim() === 'postgres' && performance.now() < deadlineMs;
      signal([pid], isPostgres ? 'SIGQUIT' : 'SIGKILL');
      // One that a test has stopped takes no other signal.
      signal([pid], 'SIGCONT');
    }
    await delay(POLL_MS);
  }
}

/** One that has ended, and that nobody has collected yet, has neither an environment nor a directory any more. */
export async function processesOf({ id, directory }: TestRun): Promise<number[]> {
  return findProcesses(async (pid) => {
    const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => '');
    if (`${cwd}/`.startsWith(`${directory}/`)) return true;
    return (await readOfProcess(pid, 'environ')).split('\0').includes(`TEST_RUN=${id}`);
  });
}
