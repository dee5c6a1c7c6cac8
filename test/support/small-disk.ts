import { execFile, spawnSync } from 'node:child_process';
import { mkdir, stat, statfs } from 'node:fs/promises';
import { promisify } from 'node:util';

/** Room for the tables of the longest run. It is in memory, and takes only what is written. */
const SIZE_BYTES = 1_073_741_824;
/** Somebody writes to it while it is made smaller. */
const FILL_ATTEMPTS = 20;
const TOOL_TIMEOUT_MS = 10_000;

const run = promisify(execFile);

/** A disk of its own, whose size can be changed. To be had by whoever may mount one: root, and not in every container. */
export class SmallDisk {
  private isFull = false;
  private isMounted = true;

  private constructor(readonly directory: string) {}

  /** @param like it belongs to whom this belongs; @returns undefined where nothing may be mounted */
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

  /** No room for one more page: it is as large as what is on it. */
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
    // Whoever was killed a moment ago may still be about to leave it.
    await tool('umount', '--lazy', this.directory);
    this.isMounted = false;
  }

  /** At this process's own exit, where nothing can be waited for. */
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
