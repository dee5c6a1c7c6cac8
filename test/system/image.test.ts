import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiClient } from '../support/api-client.js';
import { ChildProgram } from '../support/child-program.js';
import { create, untilConfirmed } from '../support/placed-orders.js';
import { startProcess } from '../support/system-process.js';
import { setup, type TestSystem } from '../support/test-system.js';

/** What the Dockerfile copies into the image besides dist/. */
const COPIED = ['package.json', 'schema.graphql', 'prisma'];
const DEVELOPMENT = ['dist/dev', 'dist/test'];
const MAX_BYTES = 40_000_000;

describe('the files of the image, without any node_modules', () => {
  let system: TestSystem;
  let root: string;

  beforeAll(async () => {
    system = await setup();
    root = await mkdtemp(join(tmpdir(), 'order-image-'));
    for (const name of COPIED) await cp(name, join(root, name), { recursive: true });
    await mkdir(join(root, 'dist'));
    for (const name of (await readdir('dist')).map((entry) => `dist/${entry}`))
      if (!DEVELOPMENT.includes(name)) await cp(name, join(root, name), { recursive: true });
  });

  afterAll(async () => {
    await rm(root, { recursive: true, force: true });
    await system.close();
  });

  const run = async (program: string, env: Readonly<Record<string, string>>) => {
    const started = ChildProgram.node([join(root, 'dist', program)], { env, cwd: root });
    const { code } = await started.ended;
    return { code, stdout: started.stdout, stderr: started.stderr };
  };

  test('migrate a database', async () => {
    expect(await run('migrate.js', system.env)).toEqual({
      code: 0,
      stdout: 'The database is up to date.\n',
      stderr: '',
    });
  });

  test('check the settings, with one line for each that is wrong', async () => {
    expect(await run('check-settings.js', system.env)).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await run('check-settings.js', { ...system.env, AUTH_JWT_SECRET: 'short', PORT: 'none' })).toEqual(
      {
        code: 1,
        stdout: '',
        stderr: expect.stringMatching(/^(PORT|AUTH_JWT_SECRET): .+\n(PORT|AUTH_JWT_SECRET): .+\n$/),
      },
    );
  });

  test('create an order, confirm it, and serve the playground', async () => {
    const started = await startProcess(
      { ...system.env, GRAPHQL_PLAYGROUND: 'true' },
      join(root, 'dist/main.js'),
    );
    try {
      const { id } = await create(new ApiClient(started.url, await system.token('alice')));
      await untilConfirmed(system.sql, [id]);
      const page = await fetch(`${started.url}/graphql`, { headers: { accept: 'text/html' } });
      expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('app-root')]);
    } finally {
      await started.stop();
    }
  });

  test('map errors to lines of the sources', async () => {
    const { code, stderr } = await run('migrate.js', { DATABASE_URL: 'postgresql://127.0.0.1:1/none' });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^migrate: /);
    const map = JSON.parse(await readFile(join(root, 'dist/chunks/application.js.map'), 'utf8')) as {
      sources: string[];
    };
    expect(map.sources).toContain('../../src/application.ts');
  });

  test('contain neither sandbox, seeder nor token command, and stay below 80 MB', async () => {
    const names = await readdir(root, { recursive: true });
    const files = await Promise.all(
      names.map(async (name) => ({ name, details: await stat(join(root, name)) })),
    );
    const size = files.reduce((sum, { details }) => sum + (details.isFile() ? details.size : 0), 0);
    expect(size).toBeLessThan(MAX_BYTES);
    for (const name of names.filter((each) => /^dist\/[^/]*\.js$|^dist\/chunks\/.*\.js$/.test(each)))
      expect([name, await readFile(join(root, name), 'utf8')]).toEqual([
        name,
        expect.not.stringMatching(/\/\/#region src\/dev\//),
      ]);
    expect(names).toContain('dist/THIRD_PARTY_LICENSES.txt');
  });
});
