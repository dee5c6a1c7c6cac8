import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { packageFile } from '../platform/package-file.js';

export interface SandboxProcess {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

const MAIN = packageFile('dist/dev/sandbox.js');
const START_TIMEOUT_MS = 10_000;

/**
 * Starts the payment sandbox as a process of its own, which ends with this one however this one ends.
 * @throws with the sandbox's own words where it does not start
 */
export async function startSandboxProcess(env: Readonly<Record<string, string>>): Promise<SandboxProcess> {
  const child = spawn(process.execPath, ['--enable-source-maps', MAIN], {
    env: { ...process.env, ...env, SANDBOX_STOP_WITH_PARENT: 'true' },
    // In a process group of its own: Ctrl-C reaches it through this process only.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const errors: string[] = [];
  let ready = false;
  createInterface(child.stderr).on('line', (line) => {
    // Before it is ready they are in the error that is thrown.
    if (ready) process.stderr.write(`${line}\n`);
    else errors.push(line);
  });
  const exited = once(child, 'exit');
  const url = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error('the payment sandbox did not start in time'));
    }, START_TIMEOUT_MS);
    createInterface(child.stdout).on('line', (line) => {
      const address = /ready on (http:\S+)/.exec(line)?.[1];
      if (address === undefined) return;
      clearTimeout(timer);
      ready = true;
      resolve(address);
    });
    void exited.then(() => {
      clearTimeout(timer);
      reject(new Error(errors.join('\n') || 'the payment sandbox ended before it was ready'));
    });
  });
  // It has one: it is ready.
  const { pid = 0 } = child;
  return {
    url,
    pid,
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
