import { readdir, readFile } from 'node:fs/promises';
import { waitFor } from './wait-for.js';

/** A process stops at the end of its system call, which can be a slow write to a disk. */
const STOP_TIMEOUT_MS = 30_000;

/** Signals processes, which may have ended already. @returns how many existed */
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

/** The matching processes without this one. Only on Linux: elsewhere none is found. */
export async function findProcesses(is: (pid: number) => Promise<boolean>): Promise<number[]> {
  if (process.platform !== 'linux') return [];
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map(is));
  return pids.filter((pid, index) => pid !== process.pid && found[index] === true);
}

/** A file in /proc about a process; empty if it has ended or may not be read. */
export async function readOfProcess(pid: number, file: string): Promise<string> {
  return readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
}

/** A server's first process and its children. Each has its own session, so they have to be signalled one by one. */
export async function withChildren(pid: number): Promise<number[]> {
  const children = await readOfProcess(pid, `task/${pid}/children`);
  return [pid, ...children.trim().split(' ').filter(Boolean).map(Number)];
}

/** Stops processes by SIGSTOP, and waits until none of them runs. @returns how many existed */
export async function stopAll(pids: readonly number[]): Promise<number> {
  const stopped = signal(pids, 'SIGSTOP');
  for (const pid of pids) await waitFor(`process ${pid} to stop`, () => isStopped(pid), STOP_TIMEOUT_MS);
  return stopped;
}

/** Elsewhere than on Linux nothing tells, and none is waited for. @see proc_pid_stat(5) */
async function isStopped(pid: number): Promise<boolean> {
  const state = /^\d+ \(.*\) (\w)/s.exec(await readOfProcess(pid, 'stat'))?.[1];
  return state === undefined || state === 'T' || state === 'Z';
}
