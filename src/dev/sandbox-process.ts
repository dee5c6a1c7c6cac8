import { packageFile } from '../platform/package-file.js';
import { ServerProcess, waitUntil, type StopStep } from './servers/child-process.js';

export interface SandboxProcess {
  readonly url: string;
  readonly pid: number;
  /** May be called more than once. */
  stop(): Promise<void>;
}

const MAIN = packageFile('dist/dev/sandbox.js');
const START_LIMIT_MILLISECONDS = 10_000;
/** It answers what it is serving, and cuts what a fault holds back after two seconds. */
const STOP_STEPS: readonly StopStep[] = [
  { signal: 'SIGTERM', waitMilliseconds: 20_000 },
  { signal: 'SIGKILL', waitMilliseconds: 5_000 },
];

/**
 * Starts the payment sandbox as a process of its own, which ends with this one however this one ends.
 * @throws with the sandbox's own words where it does not start
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
    // Before it is ready they are in the error that is thrown.
    if (url !== '') process.stderr.write(`${line}\n`);
    else url = /ready on (http:\S+)/.exec(line)?.[1] ?? '';
  });
  await waitUntil(() => url !== '' || server.hasEnded(), START_LIMIT_MILLISECONDS);
  const stop = (): Promise<void> => server.stop(STOP_STEPS);
  if (url !== '') return { url, pid: server.pid, stop };
  await stop();
  throw new Error((await server.lastLines()) || 'the payment sandbox ended before it was ready');
}
