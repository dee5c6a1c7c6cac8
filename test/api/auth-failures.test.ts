import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { SignJWT, UnsecuredJWT } from 'jose';
import { request } from 'node:http';
import { signToken } from '../../src/dev/tokens.js';
import { log } from '../../src/platform/observability/logger.js';
import { ApiClient } from '../support/api-client.js';
import { RawSocket } from '../support/raw-socket.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { create } from './orders-support.js';

const SUB = 'a sub that is never logged';

describe('authentication and authorization failures', () => {
  let system: TestSystem;
  let url: string;
  let secret: string;
  const warn = jest.spyOn(log, 'warn');

  beforeAll(async () => {
    system = await setup({ ROLE: 'api' });
    secret = system.env['AUTH_JWT_SECRET'] ?? '';
    ({ url } = await system.start());
  });

  afterAll(async () => {
    await system.close();
  });

  async function counts(): Promise<Map<string, number>> {
    const metrics = await (await fetch(`${url}/metrics`)).text();
    const lines = metrics.matchAll(/^auth_failures_total\{reason="(\w+)"\} (\d+)$/gm);
    return new Map([...lines].map(([, reason = '', count]) => [reason, Number(count)]));
  }

  /** What was counted while something was done. */
  async function countedBy(work: () => Promise<unknown>): Promise<Record<string, number>> {
    const before = await counts();
    await work();
    const after = [...(await counts())].map(([reason, count]) => [reason, count - (before.get(reason) ?? 0)]);
    return Object.fromEntries(after.filter(([, count]) => count !== 0)) as Record<string, number>;
  }

  async function overHttp(authorization: string | undefined): Promise<void> {
    const answer = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(authorization !== undefined && { authorization }) },
      body: JSON.stringify({ query: '{ orders { totalCount } }' }),
    });
    expect(await answer.json()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  }

  async function overWebSocket(Authorization: string | undefined): Promise<void> {
    const socket = await RawSocket.open(url);
    socket.init(Authorization === undefined ? {} : { Authorization });
    expect(await socket.closed()).toMatchObject({ code: 4403 });
  }

  const unsigned = { sub: SUB, exp: 9_999_999_999 };
  const tokens: [string, string, () => Promise<string | undefined> | string | undefined][] = [
    ['missing', 'no token', () => undefined],
    ['malformed', 'no bearer token', () => 'Basic YTpi'],
    ['malformed', 'garbage', () => 'Bearer garbage'],
    ['malformed', 'a token of 9,000 characters', () => `Bearer ${'a'.repeat(9_000)}`],
    [
      'expired',
      'an expired token',
      async () => `Bearer ${await signToken(secret, { sub: SUB, lifetimeSeconds: -60 })}`,
    ],
    [
      'signature',
      'a token of another secret',
      async () => `Bearer ${await signToken(`${secret}?`, { sub: SUB, lifetimeSeconds: 60 })}`,
    ],
    ['algorithm', 'an unsigned token', () => `Bearer ${new UnsecuredJWT(unsigned).encode()}`],
    [
      'claims',
      'a sub with a control character',
      async () => `Bearer ${await signToken(secret, { sub: 'a\nb', lifetimeSeconds: 60 })}`,
    ],
    [
      'claims',
      'no sub',
      async () =>
        `Bearer ${await new SignJWT({ exp: 9_999_999_999 })
          .setProtectedHeader({ alg: 'HS256' })
          .sign(new TextEncoder().encode(secret))}`,
    ],
  ];

  test.each(tokens)('are counted as %s for %s, over HTTP and WebSocket', async (reason, _, token) => {
    const authorization = await token();
    const expected = { [reason]: 1 };
    expect(await countedBy(() => overHttp(authorization))).toEqual(expected);
    expect(await countedBy(() => overWebSocket(authorization))).toEqual(expected);
  });

  test('are counted as malformed for two tokens in one request', async () => {
    const two = async () =>
      new Promise((resolve, reject) => {
        const headers = { 'content-type': 'application/json', Authorization: ['Bearer a', 'Bearer b'] };
        request(`${url}/graphql`, { method: 'POST', headers }, (response) => {
          response.resume().on('end', resolve);
        })
          .on('error', reject)
          .end(JSON.stringify({ query: '{ orders { totalCount } }' }));
      });
    expect(await countedBy(two)).toEqual({ malformed: 1 });
  });

  test('are counted as forbidden for each field that a customer may not read, over HTTP and WebSocket', async () => {
    const token = await system.token(SUB);
    const alice = new ApiClient(url, token);
    const { order } = await create(alice);
    const query = `query ($id: ID!) {
      order(id: $id) { customerId }
      orders { edges { node { customerId } } }
    }`;
    const reading = () => alice.send({ query, variables: { id: order.id } });
    expect(await countedBy(reading)).toEqual({ forbidden: 2 });
    expect(await countedBy(() => alice.send({ query: '{ systemStatus { database } }' }))).toEqual({
      forbidden: 1,
    });
    const watch = async () => {
      const socket = await RawSocket.connect(url, token);
      socket.subscribe('1', 'subscription ($id: ID!) { orderEvents(orderId: $id) { note } }', {
        id: order.id,
      });
      await socket.message('next', '1');
      socket.terminate();
    };
    expect(await countedBy(watch)).toEqual({ forbidden: 1 });
  });

  test('are not counted where the token is valid and the order does not exist', async () => {
    const alice = new ApiClient(url, await system.token('alice'));
    const work = () => alice.send({ query: `{ order(id: "01900000-0000-7000-8000-000000000000") { id } }` });
    expect(await countedBy(work)).toEqual({});
  });

  test('are logged with their reason and count, without token, customer or address', () => {
    const lines = warn.mock.calls.filter(([, message]) => message === 'access was refused');
    // One line for a reason, though it was counted more often; a second one on a slow machine.
    const reasons = lines.map(([line]) => Object(line) as { readonly reason: string });
    expect(reasons.length).toBeLessThan(tokens.length * 2);
    expect([...new Set(reasons.map(({ reason }) => reason))].toSorted()).toEqual([
      ...['algorithm', 'claims', 'expired', 'forbidden', 'malformed', 'missing', 'signature'],
    ]);
    for (const line of reasons) expect(Object.keys(line).toSorted()).toEqual(['count', 'reason']);
  });
});
