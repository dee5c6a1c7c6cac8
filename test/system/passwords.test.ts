import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Processes } from '../support/processes.js';
import { runCommand } from '../support/run-command.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';

const HIDDEN = 'hidden:p@ss/w%rd';

/** That correct passwords with such characters work: least-privilege.test.ts. */
describe('a wrong password', () => {
  let system: TestSystem;
  const processes = new Processes();

  beforeAll(async () => {
    system = await setup();
  });

  afterAll(async () => {
    await processes.end();
    await system.close();
  });

  function withHiddenPassword(name: string, user: string): { readonly [name: string]: string } {
    const url = new URL(system.env[name] ?? '');
    [url.username, url.password] = [user, encodeURIComponent(HIDDEN)];
    return { [name]: url.href };
  }

  const hidden = (text: string) => text.includes('hidden') || text.includes(encodeURIComponent(HIDDEN));

  test.each([
    ['DATABASE_URL', 'database', 'the sweeps could not run'],
    ['REDIS_URL', 'redis', 'not subscribed yet'],
  ])(
    'in %s keeps a process from being ready, and is in no line of its log',
    async (name, part, complaint) => {
      const env = { ...system.env, ...withHiddenPassword(name, 'nobody') };
      const { url, lines } = await processes.start(env);
      const ready = await fetch(`${url}/health/ready`);
      expect(await ready.json()).toMatchObject({ [part]: 'down' });
      await waitFor('a complaint', () => lines.some((line) => line.includes(complaint)));
      expect(lines.filter(hidden)).toEqual([]);
    },
  );

  test.each(['migrate.js', 'dev/seed.js'])('is not printed by %s', async (command) => {
    const { code, stdout, stderr } = await runCommand(command, {
      env: withHiddenPassword('DATABASE_URL', 'nobody'),
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/password authentication failed|Authentication failed/);
    expect(hidden(stdout + stderr)).toBe(false);
  });
});
