import { readlink } from 'node:fs/promises';
import { resolve } from 'node:path';
import { ChildProgram } from './child-program.js';
import { findProcesses, readOfProcess, signal } from './signal.js';
import type { Environment } from './test-system.js';
import { waitFor } from './wait-for.js';

const MAIN = resolve('dist/dev/start.js');
/** Enough for a new cluster, the migrations and the application on a busy machine. */
const START_TIMEOUT_MS = 60_000;

/** What `npm start` runs after the build, in a directory of its own. */
export class NpmStart extends ChildProgram {
  static begin(directory: string, env: Environment = {}): NpmStart {
    return new NpmStart([process.execPath, '--enable-source-maps', MAIN], {
      cwd: directory,
      env: { PORT: '0', ...env },
    });
  }

  /** Waits until orders are accepted. @throws with its output otherwise */
  async ready(): Promise<this> {
    await this.says(/Ctrl-C stops everything/, START_TIMEOUT_MS);
    return this;
  }

  get url(): string {
    return this.printed(/^ *playground +(http:\S+)\/graphql$/m);
  }

  get sandboxUrl(): string {
    return this.printed(/^ *payments +(http:\S+)/m);
  }

  token(name: string): string {
    return this.printed(new RegExp(`^ *${name} +(eyJ\\S+)$`, 'm'));
  }

  private printed(pattern: RegExp): string {
    const found = this.said(pattern)?.[1];
    if (found !== undefined) return found;
    throw new Error(`npm start did not print ${String(pattern)}:\n${this.lines.join('\n')}`);
  }
}

/** The processes that work in the directory or below it, or name it in their command lines (Linux only). */
export async function processesOf(directory: string): Promise<number[]> {
  return findProcesses(async (pid) => {
    const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => '');
    if (cwd === directory || cwd.startsWith(`${directory}/`)) return true;
    return (await readOfProcess(pid, 'cmdline')).includes(directory);
  });
}

/** Kills all processes of the directory, like a power cut. */
export async function killAll(directory: string): Promise<void> {
  await waitFor('the end of all processes', async () => {
    const pids = await processesOf(directory);
    signal(pids, 'SIGKILL');
    return pids.length === 0;
  });
}
