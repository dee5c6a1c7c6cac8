import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makePrivateDirectory } from '../platform/private-directory.js';
import { isErrorCode, runToEnd } from './servers/child-process.js';
import { readIfThere } from './servers/data-files.js';
import { isAlive } from './servers/leftover-server.js';

/** The process that holds a directory's lock. */
interface Holder {
  readonly pid: number;
  /** When the lock was taken, as an ISO 8601 time. */
  readonly startedAt: string;
  /** Distinguishes the process from a later one with the same id; undefined where the system doesn't say. */
  readonly processStart: string | undefined;
  /** Unique to this lock. */
  readonly token: string;
}

/** `ps` answers in milliseconds. */
const PROBE_TIMEOUT_MS = 10_000;

/**
 * Locks a data directory for this process, creating it if it is missing; it is closed to other users. The lock of a
 * dead process is taken over.
 * @returns unlock
 * @throws with the message from `refusal` where a running process holds the lock
 */
export async function lockDirectory(
  directory: string,
  file = 'in-use.json',
  refusal = ({ pid, startedAt }: Holder): string =>
    `${directory} is in use by process ${pid} (started ${startedAt}).`,
): Promise<() => Promise<void>> {
  makePrivateDirectory(directory);
  const lock = join(directory, file);
  const token = randomUUID();
  const draft = `${lock}.${token}`;
  const startedAt = new Date().toISOString();
  const holder: Holder = {
    pid: process.pid,
    startedAt,
    processStart: await processStart(process.pid),
    token,
  };
  // Written under another name first, so that nobody can read half of it.
  await writeFile(draft, JSON.stringify(holder));
  try {
    while (!(await tryLink(draft, lock))) {
      const running = await clearStale(lock, `${draft}.stale`);
      if (running !== undefined) throw new Error(refusal(running));
    }
  } finally {
    await rm(draft);
  }
  return async () => {
    if (readHolder(await readIfThere(lock))?.token === token) await rm(lock);
  };
}

async function tryLink(draft: string, lock: string): Promise<boolean> {
  try {
    await link(draft, lock);
    return true;
  } catch (error) {
    if (isErrorCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/** Removes the lock of a dead process. @returns the holder where it is still running */
async function clearStale(lock: string, aside: string): Promise<Holder | undefined> {
  const text = await readIfThere(lock);
  if (text === undefined) return undefined;
  const holder = readHolder(text);
  if (holder !== undefined && (await isRunning(holder))) return holder;
  try {
    await rename(lock, aside);
  } catch (error) {
    // Another process has removed it.
    if (isErrorCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  // Between the read and the rename another process may have put its new lock there: put that back.
  if ((await readFile(aside, 'utf8')) !== text) await tryLink(aside, lock);
  await rm(aside);
  return undefined;
}

/** @returns undefined for a file that a crash of the machine has damaged */
function readHolder(text: string | undefined): Holder | undefined {
  try {
    return JSON.parse(text ?? '') as Holder;
  } catch {
    return undefined;
  }
}

async function isRunning(holder: Holder): Promise<boolean> {
  if (!isAlive(holder.pid)) return false;
  const start = await processStart(holder.pid);
  return start === undefined || holder.processStart === undefined || start === holder.processStart;
}

/** A text that differs between processes with the same id; undefined where the system doesn't say. */
async function processStart(pid: number): Promise<string | undefined> {
  if (process.platform !== 'linux') {
    const parameters = ['-o', 'lstart=', '-p', String(pid)];
    // ps fails for a process that has just ended.
    return runToEnd({ program: 'ps', parameters }, PROBE_TIMEOUT_MS).catch(() => undefined);
  }
  const status = await readIfThere(`/proc/${pid}/stat`);
  // The program's name is in brackets and may contain anything. Of the fields after it, 0 is the state (Z for a
  // zombie) and 19 the start time in ticks since boot.
  const fields = status?.slice(status.lastIndexOf(')') + 2).split(' ') ?? [];
  return fields[0] === 'Z' ? 'ended' : fields[19];
}
