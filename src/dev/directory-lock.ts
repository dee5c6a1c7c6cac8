import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makePrivateDirectory } from '../platform/private-directory.js';
import { isErrorCode, runToEnd } from './servers/child-process.js';
import { readIfThere } from './servers/data-files.js';
import { isAlive } from './servers/leftover-server.js';

/** The process that has a directory. */
interface Holder {
  readonly pid: number;
  /** When the lock was taken, as an ISO 8601 time. */
  readonly startedAt: string;
  /** Tells the process from a later one with the same id; undefined where the system doesn't say. */
  readonly processStart: string | undefined;
  /** Tells this lock from every other. */
  readonly token: string;
}

/** `ps` answers in milliseconds. */
const LOOK_LIMIT_MILLISECONDS = 10_000;

/**
 * Reserves a data directory (made when missing, closed to other users) for this process and returns the function
 * that gives it back. Throws, in the words of `refusal`, where a running process holds it; what a dead process left
 * behind is taken over.
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
  // Written in full before it gets its name, so that nobody reads half a lock.
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

/** Removes the lock of a dead process; returns the holder of one that still runs. */
async function clearStale(lock: string, aside: string): Promise<Holder | undefined> {
  const text = await readIfThere(lock);
  if (text === undefined) return undefined;
  const holder = readHolder(text);
  if (holder !== undefined && (await stillRuns(holder))) return holder;
  try {
    await rename(lock, aside);
  } catch (error) {
    // Another process was faster to clear it.
    if (isErrorCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  // Between our look and the rename another process may have put its fresh lock there: give that back.
  if ((await readFile(aside, 'utf8')) !== text) await tryLink(aside, lock);
  await rm(aside);
  return undefined;
}

/** undefined for a file a crash of the machine has spoiled. */
function readHolder(text: string | undefined): Holder | undefined {
  try {
    return JSON.parse(text ?? '') as Holder;
  } catch {
    return undefined;
  }
}

async function stillRuns(holder: Holder): Promise<boolean> {
  if (!isAlive(holder.pid)) return false;
  const start = await processStart(holder.pid);
  return start === undefined || holder.processStart === undefined || start === holder.processStart;
}

/** A text that two processes with the same id don't share; undefined where the system doesn't say. */
async function processStart(pid: number): Promise<string | undefined> {
  if (process.platform !== 'linux') {
    const parameters = ['-o', 'lstart=', '-p', String(pid)];
    // ps fails for a process that has just ended.
    return runToEnd({ program: 'ps', parameters }, LOOK_LIMIT_MILLISECONDS).catch(() => undefined);
  }
  const status = await readIfThere(`/proc/${pid}/stat`);
  // The program's name stands in brackets and may hold anything. Counted from behind it the state is
  // field 0 (Z: ended, not yet collected by its parent) and the start time, in ticks since boot, field 19.
  const fields = status?.slice(status.lastIndexOf(')') + 2).split(' ') ?? [];
  return fields[0] === 'Z' ? 'ended' : fields[19];
}
