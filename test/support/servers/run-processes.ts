import { setTimeout as delay } from 'node:timers/promises';
import { findProcesses, readOfProcess, signal } from '../signal.js';

/** PostgreSQL's immediate shutdown takes milliseconds; without it a piece of shared memory would stay. */
const POSTGRES_GRACE_MS = 2_000;
const POLL_MS = 20;

/**
 * Ends every process that carries TEST_RUN=`run` in its environment, as all have that a run starts; not this one.
 * (Linux only: elsewhere nothing tells whose process one is.)
 */
export async function endProcessesOf(run: string): Promise<void> {
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

/** Those that have ended and that nobody has collected yet don't count: a zombie has no environment any more. */
export async function processesOf(run: string): Promise<number[]> {
  return findProcesses(async (pid) =>
    (await readOfProcess(pid, 'environ')).split('\0').includes(`TEST_RUN=${run}`),
  );
}
