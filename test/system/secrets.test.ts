import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { signToken } from '../../src/dev/tokens.js';
import { Control } from '../support/sandbox.js';
import { post, signed } from '../webhooks/webhook-support.js';
import { ApiClient } from '../support/api-client.js';
import { CreateOrderDocument, OrderDocument, OrderEventsDocument, orderInput } from '../support/documents.js';
import { create, untilConfirmed } from '../support/placed-orders.js';
import { RawSocket } from '../support/raw-socket.js';
import { runCommand } from '../support/run-command.js';
import { startProcess, type SystemProcess } from '../support/system-process.js';
import { type Environment, setup, type TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';

/** A random secret, which can be searched for in longer texts. */
const secret = (name: string) => `${name}-${randomUUID()}`;
const JWT_SECRET = secret('jwt');
const WEBHOOK_SECRET = secret('whsec');
const PASSWORD = secret('password');

describe('secrets', () => {
  let system: TestSystem;
  const processes: SystemProcess[] = [];

  beforeAll(async () => {
    system = await setup({ AUTH_JWT_SECRET: JWT_SECRET, STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET });
  });

  afterEach(async () => {
    await Promise.all(processes.splice(0).map((process) => process.stop('SIGKILL')));
  });

  afterAll(async () => {
    await system.close();
  });

  /** A process that logs at level debug. */
  async function start(overrides: Environment = {}): Promise<SystemProcess> {
    const process = await startProcess({ ...system.env, ...overrides }, 'dist/main.js', 'debug');
    processes.push(process);
    return process;
  }

  const withPassword = (url: string | undefined, user: string): string => {
    const changed = new URL(url ?? '');
    changed.username = user;
    changed.password = PASSWORD;
    return changed.href;
  };

  async function until(process: SystemProcess, text: string): Promise<void> {
    await waitFor(`a line with ${text}`, () => process.lines.some((line) => line.includes(text)));
  }

  function expectNone(of: readonly string[], { lines }: SystemProcess): void {
    for (const each of of) expect(lines.filter((line) => line.includes(each))).toEqual([]);
  }

  /** Invalid tokens, then a valid one. */
  async function tokens(): Promise<string[]> {
    const claims = { sub: 'alice', lifetimeSeconds: 600 };
    return [
      secret('garbage'),
      new UnsecuredJWT({ sub: 'alice', exp: 9_999_999_999 }).encode(),
      await signToken(secret('another'), claims),
      await signToken(JWT_SECRET, { ...claims, lifetimeSeconds: -60 }),
      await signToken(JWT_SECRET, { ...claims, sub: 'ali\nce' }),
      await signToken(JWT_SECRET, claims),
    ];
  }

  /** Sends the token in every way. */
  async function use(token: string, url: string, isValid: boolean): Promise<void> {
    const client = new ApiClient(url, token);
    await client.execute(CreateOrderDocument, { input: orderInput() });
    await client.execute(CreateOrderDocument, { input: orderInput({ paymentMethod: '4242424242424242' }) });
    for (const query of ['{', '{ nothing }', 'query ($x: Int!) { orders(first: $x) { totalCount } }']) {
      await client.send({ query, variables: { x: 'x' } });
    }
    await fetch(`${url}/graphql`, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
    await fetch(`${url}/nowhere?token=${token}`, { headers: { authorization: `Bearer ${token}` } });
    const socket = await RawSocket.open(url);
    socket.init({ Authorization: `Bearer ${token}` });
    await (isValid ? socket.message('connection_ack') : socket.closed());
    socket.terminate();
  }

  test('of callers and the gateway are not logged by a working process', async () => {
    const process = await start();
    const { url } = process;
    const all = await tokens();
    for (const token of all) await use(token, url, token === all.at(-1));
    const valid = all.at(-1) ?? '';
    const alice = new ApiClient(url, valid);

    const sandbox = new Control(system.sandboxUrl);
    await sandbox.addFault({ kind: 'http_500', endpoint: 'payment_intents.confirm', count: 2 });
    const placed = await create(alice);
    await untilConfirmed(system.sql, [placed.id]);

    const forged = signed('{}', { secret: secret('forger') });
    await post(url, forged);
    await until(process, 'a webhook was refused');

    // A failing socket and a defect, whose errors are logged.
    const socket = await RawSocket.connect(url, valid);
    socket.subscribe('1', `${OrderEventsDocument.toString()}${' '.repeat(100_000)}`, { orderId: placed.id });
    await socket.closed();
    await system.sql.query('ALTER TABLE order_items RENAME TO order_items_away');
    await alice.execute(OrderDocument, { id: placed.id });
    await alice.execute(CreateOrderDocument, { input: orderInput({ paymentMethod: 'pm_card_mastercard' }) });
    await system.sql.query('ALTER TABLE order_items_away RENAME TO order_items');
    await until(process, 'request failed unexpectedly');

    const ended = await process.stop();
    expect(ended.code).toBe(0);
    expectNone(
      [
        ...all.flatMap((token) => [token, token.split('.').at(-1) || token]),
        ...[JWT_SECRET, WEBHOOK_SECRET, forged.signature ?? '', 'sk_test_sandbox'],
        ...[new URL(system.env['DATABASE_URL'] ?? '').password, '4242424242424242', 'pm_card_'],
      ],
      process,
    );
  });

  test('in settings are not logged by a process that its servers refuse', async () => {
    const secretKey = secret('sk_test');
    const process = await start({
      DATABASE_URL: withPassword(system.env['DATABASE_URL'], 'postgres'),
      REDIS_URL: withPassword(system.env['REDIS_URL'], 'nobody'),
      STRIPE_SECRET_KEY: secretKey,
    });
    const [valid = ''] = (await tokens()).slice(-1);
    await use(valid, process.url, true);
    await fetch(`${process.url}/health/ready`);
    const olga = await signToken(JWT_SECRET, { sub: 'olga', roles: ['operator'], lifetimeSeconds: 600 });
    await new ApiClient(process.url, olga).send({ query: '{ systemStatus { database paymentGateway } }' });
    await until(process, 'password authentication failed');
    await until(process, 'WRONGPASS');
    await process.stop();
    expectNone([PASSWORD, secretKey, JWT_SECRET, WEBHOOK_SECRET, valid, olga], process);
  });

  test('in settings are not logged by a process that cannot reach its servers or key set', async () => {
    const process = await start({
      AUTH_JWT_SECRET: '',
      AUTH_JWKS_URL: `http://127.0.0.1:9/keys?key=${PASSWORD}`,
      DATABASE_URL: withPassword('postgres://127.0.0.1:9/orders?sslmode=require', 'us'),
      REDIS_URL: `${withPassword('redis://127.0.0.1:9', 'us')},${withPassword('redis://127.0.0.1:99', 'us')}`,
    });
    const { privateKey } = await generateKeyPair('EdDSA');
    const token = await new SignJWT({ sub: 'alice', exp: 9_999_999_999 })
      .setProtectedHeader({ alg: 'EdDSA' })
      .sign(privateKey);
    await use(token, process.url, false);
    await until(process, 'request rejected: the key set is unavailable');
    await until(process, 'a WebSocket could not be authenticated');
    await process.stop();
    expectNone([PASSWORD, token], process);
  });

  test('in settings are not printed with the errors about wrong settings', async () => {
    const faulty = [
      { DATABASE_URL: withPassword('mysql://127.0.0.1/orders', 'us') },
      { REDIS_URL: `${withPassword('http://127.0.0.1', 'us')},redis://us:${PASSWORD}@` },
      { AUTH_JWT_SECRET: PASSWORD.slice(-20) },
      { AUTH_JWKS_URL: withPassword('ftp://127.0.0.1', 'us'), AUTH_JWT_SECRET: '' },
      { AUTH_JWKS_URL: withPassword('https://127.0.0.1/keys', 'us'), AUTH_JWT_SECRET: '' },
      { STRIPE_API_BASE: withPassword('ftp://127.0.0.1', 'us') },
    ];
    for (const env of faulty) {
      const { code, stdout, stderr } = await runCommand('main.js', {
        env: { ...system.env, LOG_LEVEL: 'debug', ...env },
      });
      expect([code, stderr.split(':')[0]]).toEqual([1, Object.keys(env)[0]]);
      expect(`${stdout}${stderr}`).not.toContain(PASSWORD.slice(-20));
    }
  });
});
