import { mkdtemp, readFile, realpath, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Files in memory, on Linux. */
const SHARED_MEMORY = '/dev/shm';
/** A run uses less than half a gigabyte at any time. Containers have 64 MB by default. */
const MIN_FREE_BYTES = 2 * 1024 ** 3;

/**
 * Creates the directory for all temporary files of a run: in memory where there is room, since each database of a test
 * is three hundred files. TMPDIR, where it is set, is used instead.
 * @returns its path, without links
 */
export async function createRunDirectory(): Promise<string> {
  const parent =
    process.env['TMPDIR'] === undefined && (await hasRoom(SHARED_MEMORY)) ? SHARED_MEMORY : tmpdir();
  return realpath(await mkdtemp(join(parent, 'order-tests-')));
}

/** Whether it is a file system in memory, with room, from which programs can be started. */
async function hasRoom(directory: string): Promise<boolean> {
  try {
    const mounts = (await readFile('/proc/mounts', 'utf8')).split('\n').map((line) => line.split(' '));
    const [, , type, options = ''] = mounts.find(([, path]) => path === directory) ?? [];
    if (type !== 'tmpfs' || options.split(',').includes('noexec')) return false;
    const { bavail, bsize } = await statfs(directory);
    return bavail * bsize >= MIN_FREE_BYTES;
  } catch {
    return false;
  }
}
