import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiClient } from '../support/api-client.js';
import { OrdersDocument } from '../support/documents.js';
import { commandsIn, readDocuments } from '../support/markdown.js';
import { create } from '../support/placed-orders.js';
import { Processes } from '../support/processes.js';
import { type CommandResult, runCommand } from '../support/run-command.js';
import { type Environment, setup, type TestSystem } from '../support/test-system.js';

const TOKEN = 'npm run --silent token -- ';
/** The parameters of this command in the docs. */
const TOKENS_IN_DOCS = readDocuments()
  .flatMap(({ blocks }) => blocks.filter(({ language }) => language === 'sh'))
  .flatMap(({ text }) => commandsIn(text))
  .filter(({ command }) => command.startsWith(TOKEN))
  .map(({ command }) => command.slice(TOKEN.length));

describe('npm run token', () => {
  let system: TestSystem;
  let directory: string;
  let url: string;
  const processes = new Processes();

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'order-token-'));
    system = await setup();
    ({ url } = await processes.start({ ...system.env, ROLE: 'api' }));
  });

  afterAll(async () => {
    await processes.end();
    await system.close();
    await rm(directory, { recursive: true, force: true });
  });

  async function token(parameters: string[], env: Environment = {}): Promise<CommandResult> {
    const { AUTH_JWT_SECRET = '' } = system.env;
    return runCommand('dev/token.js', {
      parameters,
      cwd: directory,
      env: { AUTH_JWT_SECRET, ...env },
    });
  }

  async function client(...parameters: string[]): Promise<ApiClient> {
    const { code, stdout, stderr } = await token(parameters);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return new ApiClient(url, stdout.trim());
  }

  test('prints a token for the customer in --sub', async () => {
    const alice = await client('--sub', 'alice');
    const { id } = await create(alice);
    const { orders } = await alice.data(OrdersDocument, {});
    expect(orders.edges.map(({ node }) => node.id)).toEqual([id]);
    const bob = await client('--sub', 'bob');
    expect((await bob.data(OrdersDocument, {})).orders.edges).toEqual([]);
  });

  test.each(TOKENS_IN_DOCS)('prints a token for the parameters in the docs: %s', async (given) => {
    const { code, stdout, stderr } = await token(given.split(' '));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^eyJ/);
  });

  test('prints a token with the lifetime of --expires', async () => {
    const { stdout } = await token(['--sub', 'alice', '--expires', '90s', '--role', 'operator']);
    const claims: unknown = JSON.parse(Buffer.from(stdout.split('.')[1] ?? '', 'base64url').toString());
    const { sub, roles, iat, exp } = claims as { sub: string; roles: string[]; iat: number; exp: number };
    expect({ sub, roles, lifetime: exp - iat }).toEqual({ sub: 'alice', roles: ['operator'], lifetime: 90 });
  });

  test("signs with the directory's key where AUTH_JWT_SECRET is empty", async () => {
    const printed = await Promise.all(
      ['', ''].map((AUTH_JWT_SECRET) => token(['--sub', 'alice'], { AUTH_JWT_SECRET })),
    );
    for (const { code, stdout } of printed) {
      expect(code).toBe(0);
      expect(stdout).toMatch(/^eyJ[\w-]+\.[\w-]+\.[\w-]+\n$/);
    }
  });

  test.each([
    ['without a customer', [], '--sub'],
    [
      'with a longer lifetime than is accepted',
      ['--sub', 'alice', '--expires', '31d'],
      'AUTH_MAX_TOKEN_AGE_MS',
    ],
    ['with an invalid duration', ['--sub', 'alice', '--expires', 'soon'], 'soon'],
    ['with an unknown option', ['--sub', 'alice', '--admin'], '--admin'],
  ])('refuses to run %s, with a message that names it', async (_, parameters, named) => {
    const { code, stdout, stderr } = await token(parameters);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(named);
    expect(stderr).not.toContain('    at ');
  });
});

describe('npm run start:prod', () => {
  const COMPLETE: Environment = {
    NODE_ENV: 'production',
    DATABASE_URL: 'postgresql://nobody@127.0.0.1:9/none',
    REDIS_URL: 'redis://127.0.0.1:9',
    STRIPE_SECRET_KEY: 'sk_test_sandbox',
    AUTH_JWT_SECRET: 'a secret of the tests, 32 bytes and more',
  };

  const LIVE_WITH_SANDBOX = { STRIPE_SECRET_KEY: 'sk_live_none', STRIPE_WEBHOOK_SECRET: 'whsec_sandbox' };

  async function faults(env: Environment): Promise<string[]> {
    const { code, stderr } = await runCommand('main.js', { env });
    expect(code).toBe(1);
    const lines = stderr.trimEnd().split('\n');
    // One line for each fault, beginning with the variable.
    for (const line of lines) expect(line).toMatch(/^[A-Z][A-Z_]+: \S/);
    return lines.map((line) => line.split(':')[0] ?? '');
  }

  test('lists all missing settings of production, one line each', async () => {
    const named = await faults({ NODE_ENV: 'production' });
    expect(named).toEqual(
      expect.arrayContaining(['DATABASE_URL', 'REDIS_URL', 'STRIPE_SECRET_KEY', 'AUTH_JWT_SECRET']),
    );
    expect(new Set(named).size).toBe(named.length);
  });

  test.each([{}, { NODE_ENV: '' }])('assumes production where NODE_ENV is not set: %j', async (env) => {
    const { DATABASE_URL = '', REDIS_URL = '' } = COMPLETE;
    const named = await faults({ DATABASE_URL, REDIS_URL, ...env });
    // These two have defaults in development.
    expect(named).toEqual(expect.arrayContaining(['STRIPE_SECRET_KEY', 'AUTH_JWT_SECRET']));
  });

  test.each([
    ['an unknown role', { ROLE: 'api,baker' }, 'ROLE'],
    [
      'a key set without an issuer',
      { AUTH_JWT_SECRET: '', AUTH_JWKS_URL: 'https://127.0.0.1/keys' },
      'AUTH_ISSUER',
    ],
    ["the sandbox's secret with a live key", LIVE_WITH_SANDBOX, 'STRIPE_WEBHOOK_SECRET'],
    ['a secret of one repeated character', { AUTH_JWT_SECRET: 'a'.repeat(32) }, 'AUTH_JWT_SECRET'],
    ['a secret that is too short', { AUTH_JWT_SECRET: 'short' }, 'AUTH_JWT_SECRET'],
    ['an invalid port', { PORT: '65536' }, 'PORT'],
    ['a database of another kind', { DATABASE_URL: 'mysql://127.0.0.1/orders' }, 'DATABASE_URL'],
    ['an interval that is not a number', { RELAY_POLL_INTERVAL_MS: '1s' }, 'RELAY_POLL_INTERVAL_MS'],
  ])('refuses %s', async (_, wrong, variable) => {
    expect(await faults({ ...COMPLETE, ...wrong })).toContain(variable);
  });

  test('repeats no secret and no address of a server', async () => {
    const env = { ...COMPLETE, DATABASE_URL: 'mysql://user:hunter2@host/orders', AUTH_JWT_SECRET: 'hunter2' };
    const { stdout, stderr } = await runCommand('main.js', { env });
    expect(stdout + stderr).not.toContain('hunter2');
  });
});
