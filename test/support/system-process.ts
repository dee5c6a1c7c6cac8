import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Environment } from './test-system.js';

/** A real process of the built system (dist/main.js). */
export interface SystemProcess {
  readonly url: string;
  readonly child: ChildProcess;
  /** What it has logged so far, one JSON line an entry. */
  readonly lines: readonly string[];
  /** Sends the signal and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

const READY_TIMEOUT_MS = 20_000;

/**
 * @param logLevel info, which has the line that says where the process is, or debug
 * @throws with what the process said where it does not become ready
 */
export async function startProcess(
  env: Environment,
  main = 'dist/main.js',
  logLevel: 'info' | 'debug' = 'info',
): Promise<SystemProcess> {
  const child = spawn(process.execPath, ['--enable-source-maps', main], {
    env: { PATH: process.env['PATH'] ?? '', ...env, LOG_LEVEL: logLevel },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const ended = once(child, 'exit').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
  }));
  createInterface(child.stderr).on('line', (line) => lines.push(line));
  const url = await new Promise<string>((resolve, reject) => {
    const fail = () => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      reject(new Error(`the process did not become ready:\n${lines.join('\n')}`));
    };
    const timer = setTimeout(fail, READY_TIMEOUT_MS);
    createInterface(child.stdout).on('line', (line) => {
      lines.push(line);
      const address = /"url":"(http:[^"]+)".*"msg":"ready"/.exec(line)?.[1];
      if (address === undefined) return;
      clearTimeout(timer);
      resolve(address);
    });
    void ended.then(fail);
  });
  return {
    url,
    child,
    lines,
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal);
      return ended;
    },
  };
}
