import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { isErrorCode } from '../../../src/dev/servers/child-process.js';
import type { Environment } from '../processes.js';

/** A process of the built system that has become ready. */
export interface Program {
  readonly url: string;
  readonly child: ChildProcess;
  readonly ended: Promise<unknown>;
}

/** How to start one. */
export interface ProgramStart {
  readonly name: string;
  /** Its file, relative to the repository. */
  readonly main: string;
  readonly environment: Environment;
  /** Finds its address in the line by which it says that it is ready. */
  readonly ready: RegExp;
}

const READY_TIMEOUT_MS = 60_000;

/** @throws with what it said last where it does not become ready */
export async function startProgram({ name, main, environment, ready }: ProgramStart): Promise<Program> {
  const child = spawn(process.execPath, ['--enable-source-maps', main], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  const last: string[] = [];
  const url = await new Promise<string>((resolve, reject) => {
    const fail = () => {
      reject(new Error(`${name} did not become ready:\n${last.join('\n')}`));
    };
    const timer = setTimeout(fail, READY_TIMEOUT_MS);
    const read = (line: string) => {
      last.push(line);
      if (last.length > 20) last.shift();
      const address = ready.exec(line)?.[1];
      if (address === undefined) return;
      clearTimeout(timer);
      resolve(address);
    };
    for (const stream of [child.stdout, child.stderr]) createInterface(stream).on('line', read);
    void ended.then(fail);
  });
  return { url, child, ended };
}

export function kill(pids: readonly number[], signal: NodeJS.Signals = 'SIGKILL'): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      // It ended by itself meanwhile.
      if (!isErrorCode(error, 'ESRCH')) throw error;
    }
  }
}
