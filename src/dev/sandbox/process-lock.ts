import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A process, told apart from a later one with the same number by its start time. */
interface Holder {
  readonly pid: number;
  /** the kernel's start time of the process; null where the system has none to read */
  readonly started: string | null;
}

/**
 * Takes a directory for this process. A lock whose process is gone is taken over.
 *
 * @returns a function that gives the directory free
 * @throws Error where a living process holds it
 */
export function lockDirectory(directory: string): () => void {
  const path = join(directory, 'sandbox.lock');
  const ownPath = `${path}.${process.pid}`;
  const own: Holder = { pid: process.pid, started: startTime(process.pid) };
  writeFileSync(ownPath, JSON.stringify(own));
  try {
    while (!tryLink(ownPath, path)) {
      const holder = readHolder(path);
      if (holder !== undefined && isAlive(holder)) {
        throw new Error(
          `another payment sandbox (process ${holder.pid}) uses ${directory}; stop it, or set SANDBOX_DATA_DIR`,
        );
      }
      rmSync(path, { force: true });
    }
  } finally {
    rmSync(ownPath, { force: true });
  }
  return () => {
    rmSync(path, { force: true });
  };
}

/** A link appears with its content, so that nobody reads half a lock. */
function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (isSystemError(error, 'EEXIST')) return false;
    throw error;
  }
}

function readHolder(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Holder;
  } catch (error) {
    // Gone meanwhile, or no lock of ours.
    if (isSystemError(error, 'ENOENT') || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isAlive(holder: Holder): boolean {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    // EPERM: it lives, and belongs to another user.
    if (!isSystemError(error, 'EPERM')) return false;
  }
  return holder.started === startTime(holder.pid);
}

/** Field 22 of /proc/<pid>/stat. In a container a new process often gets the number of the dead one. */
function startTime(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in brackets, and may hold spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // Z: it has ended, and its parent has not collected it yet.
    return fields[0] === 'Z' ? null : (fields[19] ?? null);
  } catch (error) {
    if (isSystemError(error, 'ENOENT') || isSystemError(error, 'ESRCH')) return null;
    throw error;
  }
}

function isSystemError(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
