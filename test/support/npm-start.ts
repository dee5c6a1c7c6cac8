import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Environment } from './test-system.js';
import { waitFor } from './wait-for.js';

const MAIN = resolve('dist/dev/start.js');
/** A new cluster, the migrations and the application, on a busy machine. */
const START_TIMEOUT_MS = 60_000;

/** What `npm start` runs after the build, in a directory of its own. */
export class NpmStart {
  readonly lines: string[] = [];
  private readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;

  private constructor(readonly child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr])
      if (stream !== null) createInterface(stream).on('line', (line) => this.lines.push(line));
    this.ended = once(child, 'close').then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
    }));
  }

  static begin(directory: string, env: Environment = {}): NpmStart {
    const child = spawn(process.execPath, ['--enable-source-maps', MAIN], {
      cwd: directory,
      env: { PATH: process.env['PATH'] ?? '', PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new NpmStart(child);
  }

  /** @throws with what it said where it does not say that orders are taken */
  async ready(): Promise<this> {
    const ready = () => this.lines.some((line) => line.includes('Ctrl-C stops everything'));
    try {
      await waitFor('npm start', () => ready() || this.child.exitCode !== null, START_TIMEOUT_MS);
      if (ready()) return this;
    } catch (error) {
      throw new Error(`npm start hangs:\n${this.lines.join('\n')}`, { cause: error });
    }
    throw new Error(`npm start failed:\n${this.lines.join('\n')}`);
  }

  get url(): string {
    return this.said(/^ *playground +(http:\S+)\/graphql$/);
  }

  get sandboxUrl(): string {
    return this.said(/^ *payments +(http:\S+)/);
  }

  token(name: string): string {
    return this.said(new RegExp(`^ *${name} +(eyJ\\S+)$`));
  }

  async end(signal?: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    if (signal !== undefined) this.child.kill(signal);
    return this.ended;
  }

  private said(pattern: RegExp): string {
    for (const line of this.lines) {
      const found = pattern.exec(line)?.[1];
      if (found !== undefined) return found;
    }
    throw new Error(`npm start did not print ${String(pattern)}:\n${this.lines.join('\n')}`);
  }
}

/** The processes that work in the directory or below it, or name it in their command lines (Linux only). */
export async function processesOf(directory: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const belong = await Promise.all(pids.map((pid) => belongsTo(pid, directory)));
  return pids.filter((pid, index) => pid !== process.pid && belong[index] === true);
}

async function belongsTo(pid: number, directory: string): Promise<boolean> {
  // One that ends meanwhile, or that this account may not look at, has nothing to say.
  const [cwd, commandLine] = await Promise.all([
    readlink(`/proc/${pid}/cwd`).catch(() => ''),
    readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''),
  ]);
  return cwd === directory || cwd.startsWith(`${directory}/`) || commandLine.includes(directory);
}

/** A power cut, as far as these processes are concerned. */
export async function killAll(directory: string): Promise<void> {
  await waitFor('the end of all', async () => {
    const pids = await processesOf(directory);
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended by itself, as PostgreSQL's processes do after their server.
      }
    }
    return pids.length === 0;
  });
}
