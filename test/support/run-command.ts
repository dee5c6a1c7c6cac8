import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Environment } from './test-system.js';

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Far above what any of these commands takes; one that hangs fails its test, and does not outlive it. */
const TIMEOUT_MS = 20_000;

/** Runs a program of dist/ to its end, in an environment with these variables only. */
export async function runCommand(
  main: string,
  options: {
    readonly parameters?: readonly string[];
    readonly env?: Environment;
    readonly cwd?: string;
  } = {},
): Promise<CommandResult> {
  const { parameters = [], env = {}, cwd } = options;
  const child = spawn(process.execPath, [resolve('dist', main), ...parameters], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
    ...(cwd === undefined ? {} : { cwd }),
  });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, stdout, stderr };
}
