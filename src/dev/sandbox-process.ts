import { packageFile } from '../platform/package-file.js';
import { ServerProcess, waitUntil, type StopStep } from './servers/child-process.js';

export interface SandboxProcess {
  readonly url: string;
  readonly pid: number;
  /** May be called more than once. */
  stop(): Promise<void>;
}

const MAIN = packageFile('dist/dev/sandbox.js');
const START_TIMEOUT_MS = 10_000;
/** On SIGTERM it finishes its requests; those that a fault holds are cut after two seconds. */
const STOP_STEPS: readonly StopStep[] = [
  { signal: 'SIGTERM', timeoutMs: 20_000 },
  { signal: 'SIGKILL', timeoutMs: 5_000 },
];

/**
 * Starts the payment sandbox as a child process, which ends with this process even on SIGKILL.
 * @throws with the sandbox's output where it does not start
 */
export async function startSandboxProcess(env: Readonly<Record<string, string>>): Promise<SandboxProcess> {
  let url = '';
  const command = {
    program: process.execPath,
    parameters: ['--enable-source-maps', MAIN],
    cwd: process.cwd(),
    env: { ...env, SANDBOX_STOP_WITH_PARENT: 'true' },
    holdsInput: true,
  };
  const server = await ServerProcess.start(command, (line) => {
    // Lines before it is ready go into the error.
    if (url !== '') process.stderr.write(`${line}\n`);
    else url = /ready on (http:\S+)/.exec(line)?.[1] ?? '';
  });
  await waitUntil(() => url !== '' || server.hasEnded(), START_TIMEOUT_MS);
  const stop = (): Promise<void> => server.stop(STOP_STEPS);
  if (url !== '') return { url, pid: server.pid, stop };
  await stop();
  throw new Error((await server.lastLines()) || 'the payment sandbox ended before it was ready');
}
