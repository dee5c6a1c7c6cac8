import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { expect, test } from '@jest/globals';
import { processesOf } from '../support/servers/run-processes.js';
import { waitFor } from '../support/wait-for.js';

const CONFIG = 'test/tools/interrupted-run/jest.config.js';

interface Run {
  readonly jest: ChildProcess;
  /** The run's temporary directory. */
  readonly directory: string;
  /** The process id of the application that one of its tests has started. */
  readonly application: number;
  readonly id: string;
}

/** Starts a run in its own process group, as a terminal does. */
async function start(): Promise<Run> {
  const parameters = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--config', CONFIG];
  // Without the variables of this run.
  const env = { ...process.env, TEST_RUN: undefined, TMPDIR: undefined };
  const jest = spawn(process.execPath, parameters, {
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: string[] = [];
  const started = new Promise<Pick<Run, 'application' | 'directory'>>((resolve, reject) => {
    for (const stream of [jest.stdout, jest.stderr]) {
      createInterface(stream).on('line', (line) => {
        output.push(line);
        const [, pid = '', directory = ''] = /^\s*(\d+) runs below (\S+)/.exec(line) ?? [];
        if (directory !== '') resolve({ application: Number(pid), directory });
      });
    }
    jest.once('exit', () => {
      reject(new Error(`the run ended by itself:\n${output.join('\n')}`));
    });
  });
  return { jest, ...(await started), id: await runIdOf(jest.pid ?? 0) };
}

/** Jest sets it only after its own start, so it stands in the environment of its children. */
async function runIdOf(jest: number): Promise<string> {
  const children = (await readFile(`/proc/${jest}/task/${jest}/children`, 'utf8')).trim().split(' ');
  for (const child of children) {
    const environment = await readFile(`/proc/${child}/environ`, 'utf8');
    const id = /(?:^|\0)TEST_RUN=([^\0]+)/.exec(environment)?.[1];
    if (id !== undefined) return id;
  }
  throw new Error('no child of the run carries TEST_RUN');
}

test.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
  'a test run that is ended by %s leaves no server, process or temporary file behind',
  async (signal) => {
    const run = await start();
    const { jest, directory } = run;
    const running = await processesOf(run);
    expect(running).toContain(run.application);
    // Jest's worker, the owner of the servers, two of PostgreSQL and of Redis each, and the application.
    expect(running.length).toBeGreaterThanOrEqual(7);
    expect(await readdir(directory)).toContain('postgres');
    const ended = once(jest, 'exit');
    // Ctrl-C reaches the whole group; the other two are sent to one process.
    process.kill(signal === 'SIGINT' ? -(jest.pid ?? 0) : (jest.pid ?? 0), signal);
    await ended;
    await waitFor('the end of all processes', async () => (await processesOf(run)).length === 0);
    await waitFor('the temporary directory to be gone', () => !existsSync(directory));
  },
  90_000,
);
