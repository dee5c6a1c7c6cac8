import { readdir, readFile } from 'node:fs/promises';

/** Signals processes, which may have ended by themselves meanwhile. Returns how many there were. */
export function signal(pids: readonly number[], name: NodeJS.Signals | 0): number {
  let reached = 0;
  for (const pid of pids) {
    try {
      process.kill(pid, name);
      reached += 1;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
  return reached;
}

/** The processes of which that is true, without this one (Linux only: elsewhere there are none). */
export async function findProcesses(is: (pid: number) => Promise<boolean>): Promise<number[]> {
  if (process.platform !== 'linux') return [];
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map(is));
  return pids.filter((pid, index) => pid !== process.pid && found[index] === true);
}

/** What /proc says of a process; nothing of one that ends meanwhile, or that this account may not look at. */
export async function readOfProcess(pid: number, file: string): Promise<string> {
  return readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
}

/** A server's first process and what that has started. Each has a session of its own, so no signal reaches all. */
export async function withChildren(pid: number): Promise<number[]> {
  const children = await readOfProcess(pid, `task/${pid}/children`);
  return [pid, ...children.trim().split(' ').filter(Boolean).map(Number)];
}
