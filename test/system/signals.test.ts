import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ChildProgram } from '../support/child-program.js';
import { killAll, processesOf } from '../support/npm-start.js';
import { type Environment, setup, type TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';

/** The bound of fault 47. */
const STOPS_WITHIN_MS = 5_000;
const START_TIMEOUT_MS = 60_000;
const ENDED = { code: 0, signal: null };
/** Loaded before the program; prints when that starts to handle SIGTERM. */
const REPORT_HANDLER = `--import=data:text/javascript,process.on('newListener', (name) => {
  if (name === 'SIGTERM') process.stdout.write('handles SIGTERM ');
})`.replaceAll(/\s+/g, '%20');

// Processes are found by /proc.
const describeOnLinux = process.platform === 'linux' ? describe : describe.skip;

describeOnLinux('fault 47: SIGTERM', () => {
  let system: TestSystem;
  let directory: string;
  let silent: Server;
  const sockets: Socket[] = [];

  beforeEach(async () => {
    system = await setup();
    directory = await realpath(await mkdtemp(join(tmpdir(), 'order-signals-')));
    // Accepts connections and never answers.
    silent = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
  });

  afterEach(async () => {
    await killAll(directory);
    for (const socket of sockets.splice(0)) socket.destroy();
    silent.close();
    await system.close();
    await rm(directory, { recursive: true, force: true });
  });

  function start(command: readonly [string, ...string[]], env: Environment): ChildProgram {
    // A process group of its own, for kill -- -pid as by Ctrl-C.
    return new ChildProgram(command, { cwd: directory, env: { HOME: directory, ...env }, detached: true });
  }

  /** Makes the directory a project with the real scripts and the built files. */
  async function project(): Promise<void> {
    const { scripts } = JSON.parse(await readFile('package.json', 'utf8')) as { scripts: Environment };
    const built = { type: 'module', scripts: { ...scripts, build: 'true' } };
    await writeFile(join(directory, 'package.json'), JSON.stringify(built));
    for (const name of ['dist', 'node_modules', 'prisma', 'schema.graphql'])
      await symlink(resolve(name), join(directory, name));
  }

  const untilNothingRuns = () =>
    waitFor(
      'the end of all processes',
      async () => (await processesOf(directory)).length === 0,
      STOPS_WITHIN_MS,
    );

  test.each(['main.js', 'dev/start.js', 'dev/sandbox.js'])(
    'stops %s while it is still loading',
    async (main) => {
      const env = main === 'main.js' ? system.env : { SANDBOX_PORT: '0' };
      const started = start([process.execPath, REPORT_HANDLER, resolve('dist', main)], env);
      await started.says(/handles SIGTERM/, START_TIMEOUT_MS);
      started.child.kill('SIGTERM');
      expect(await started.ended).toEqual(ENDED);
      // The sandbox may be ready by then, since it loads little.
      expect(started.stdout + started.stderr).not.toMatch(/"msg":"ready"|Orders are taken at/);
      await untilNothingRuns();
    },
    30_000,
  );

  test('stops a process while it waits for its connections', async () => {
    const { port } = silent.address() as AddressInfo;
    const env = {
      ...system.env,
      NODE_ENV: 'test',
      REDIS_URL: `redis://127.0.0.1:${port}`,
      LOG_LEVEL: 'info',
    };
    const started = start([process.execPath, resolve('dist/main.js')], env);
    await waitFor('a connection', () => sockets.length > 0, START_TIMEOUT_MS);
    started.child.kill('SIGTERM');
    await untilNothingRuns();
    expect(await started.ended).toEqual(ENDED);
  }, 90_000);

  test('stops npm start while PostgreSQL is being initialized', async () => {
    const started = start([process.execPath, resolve('dist/dev/start.js')], { PORT: '0' });
    await waitFor('initdb', async () => (await processesOf(directory)).length > 1, START_TIMEOUT_MS);
    started.child.kill('SIGTERM');
    expect(await started.ended).toEqual(ENDED);
    expect(started.stdout + started.stderr).toBe('');
    await untilNothingRuns();
  }, 90_000);

  test.each([
    ['npm alone', (child: ChildProcess) => child.kill('SIGTERM')],
    ['the process group', ({ pid = 0 }: ChildProcess) => process.kill(-pid, 'SIGTERM')],
  ])(
    'to %s stops everything that npm run start:prod started',
    async (_, kill) => {
      await project();
      const env = { ...system.env, LOG_LEVEL: 'info' };
      const started = start(['npm', 'run', 'start:prod'], env);
      await started.says(/"msg":"ready"/, START_TIMEOUT_MS);
      kill(started.child);
      await untilNothingRuns();
      await started.ended;
      expect(started.stdout).toContain('"msg":"stopped"');
    },
    90_000,
  );

  test('to npm alone stops everything that npm start started, including servers', async () => {
    await project();
    const started = start(['npm', 'start'], { PORT: '0' });
    await started.says(/Ctrl-C stops everything/, START_TIMEOUT_MS);
    expect((await processesOf(directory)).length).toBeGreaterThan(4);
    started.child.kill('SIGTERM');
    await untilNothingRuns();
  }, 90_000);
});
