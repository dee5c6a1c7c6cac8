import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

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
      const isPostgres = (await commandOf(pid)) === 'postgres' && performance.now() < deadlineMs;
      send(pid, isPostgres ? 'SIGQUIT' : 'SIGKILL');
      // One that a test has stopped takes no other signal.
      send(pid, 'SIGCONT');
    }
    await delay(POLL_MS);
  }
}

/** Those that have ended and that nobody has collected yet don't count. */
export async function processesOf(run: string): Promise<number[]> {
  if (process.platform !== 'linux') return [];
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const belongs = await Promise.all(pids.map((pid) => carries(pid, `TEST_RUN=${run}`)));
  return pids.filter((pid, index) => pid !== process.pid && belongs[index] === true);
}

/** A zombie has no environment any more. */
async function carries(pid: number, variable: string): Promise<boolean> {
  const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
  return environment.split('\0').includes(variable);
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
