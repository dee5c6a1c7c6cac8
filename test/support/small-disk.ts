import { execFile, spawnSync } from 'node:child_process';
import { mkdir, stat, statfs } from 'node:fs/promises';
import { promisify } from 'node:util';

/** Enough for the tables of the longest run. It is in memory, and uses only what is written. */
const SIZE_BYTES = 1_073_741_824;
/** Shrinking fails if something is written meanwhile. */
const FILL_ATTEMPTS = 20;
const TOOL_TIMEOUT_MS = 10_000;

const run = promisify(execFile);

/** A disk that can be resized. Mounting it needs root, and is not possible in every container. */
export class SmallDisk {
  private isFull = false;
  private isMounted = true;

  private constructor(readonly directory: string) {}

  /** @param like has the owner that the disk gets. @returns undefined if mounting is not permitted */
  static async mount(directory: string, like: string): Promise<SmallDisk | undefined> {
    const { uid, gid } = await stat(like);
    await mkdir(directory);
    const options = `size=${SIZE_BYTES},uid=${uid},gid=${gid},mode=700`;
    try {
      await tool('mount', '-t', 'tmpfs', '-o', options, 'tmpfs', directory);
    } catch {
      return undefined;
    }
    return new SmallDisk(directory);
  }

  /** Shrinks the disk to its contents, so that not one more page fits. */
  async fill(): Promise<void> {
    this.isFull = true;
    for (let attempt = 1; ; attempt += 1) {
      const { bsize, blocks, bfree } = await statfs(this.directory);
      try {
        await this.resize(bsize * (blocks - bfree));
        return;
      } catch (error) {
        if (attempt === FILL_ATTEMPTS) throw error;
      }
    }
  }

  async free(): Promise<void> {
    if (!this.isFull) return;
    await this.resize(SIZE_BYTES);
    this.isFull = false;
  }

  async unmount(): Promise<void> {
    if (!this.isMounted) return;
    // A process killed just now may still use it.
    await tool('umount', '--lazy', this.directory);
    this.isMounted = false;
  }

  /** For the exit of this process, which cannot wait. */
  unmountNow(): void {
    if (this.isMounted) spawnSync('umount', ['--lazy', this.directory], { timeout: TOOL_TIMEOUT_MS });
    this.isMounted = false;
  }

  private async resize(bytes: number): Promise<void> {
    await tool('mount', '-o', `remount,size=${bytes}`, this.directory);
  }
}

async function tool(program: string, ...parameters: string[]): Promise<void> {
  await run(program, parameters, { timeout: TOOL_TIMEOUT_MS });
}
