import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { ApiClient } from '../support/api-client.js';
import { orderInput } from '../support/documents.js';
import { required, setup, type TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';
import { countRows } from './orders-support.js';
import { codeOf, createOrders, learn, pointsIn, startCounting } from './rate-limits-support.js';

/** What a window holds: 20 orders. */
const POINTS = 1_000;
const CREATE = `mutation ($input: CreateOrderInput!) {
  createOrder(input: $input) { __typename ... on CreateOrderSuccess { replayed } }
}`;
const WINDOW_SECONDS = 3_600;

describe('the rate limit of clients that repeat themselves', () => {
  let system: TestSystem;
  let redis: Redis;
  let url: string;
  let prefix: string;

  beforeAll(async () => {
    system = await setup({
      ROLE: 'api',
      RATE_LIMIT_CUSTOMER_POINTS: String(POINTS),
      RATE_LIMIT_WINDOW_SECONDS: String(WINDOW_SECONDS),
      // A busy machine is no fault of Redis.
      RATE_LIMIT_REDIS_TIMEOUT_MS: '10000',
    });
    redis = new Redis(required('TEST_REDIS_URL'));
    prefix = system.env['REDIS_PREFIX'] ?? '';
    ({ url } = await startCounting(system, redis, prefix));
    await learn(system, url, createOrders(1), { query: CREATE, variables: { input: orderInput() } });
  });

  afterAll(async () => {
    redis.disconnect();
    await system.close();
  });

  const client = async (sub: string) => new ApiClient(url, await system.token(sub));

  test('takes a tenth of an order for a replay: as many fresh ones can be made as before', async () => {
    const alice = await client('alice');
    const input = orderInput();
    await alice.send({ query: CREATE, variables: { input } });
    for (let replay = 0; replay < 50; replay += 1) {
      const { data } = await alice.send({ query: CREATE, variables: { input } });
      expect(data).toEqual({ createOrder: { __typename: 'CreateOrderSuccess', replayed: true } });
    }
    // The same for a key that is used for something else: it is known, and read only.
    for (let reuse = 0; reuse < 50; reuse += 1) {
      const other = { ...input, paymentMethod: 'pm_other' };
      const { data } = await alice.send({ query: CREATE, variables: { input: other } });
      expect(data).toEqual({ createOrder: { __typename: 'IdempotencyKeyReused' } });
    }
    await waitFor('the last points given back', async () => {
      return (await pointsIn(redis, prefix, 'alice')) === 50 + 100 * 5;
    });
    for (let order = 0; order < 9; order += 1)
      expect(codeOf(await alice.send(createOrders(1)))).toBeUndefined();
    expect(codeOf(await alice.send(createOrders(1)))).toBe('RATE_LIMITED');
  });

  test('refuses some of a storm of retries, and takes nothing of what is refused from fresh orders', async () => {
    const alice = await client('stormy');
    const bob = await client('bob');
    const input = orderInput();
    await alice.send({ query: CREATE, variables: { input } });
    const before = await countRows(system.sql);
    const storm = Promise.all(
      Array.from({ length: 200 }, () => alice.send({ query: CREATE, variables: { input } })),
    );
    // Others are served meanwhile.
    for (let order = 0; order < 5; order += 1)
      expect(codeOf(await bob.send(createOrders(1)))).toBeUndefined();
    const codes = new Set((await storm).map(codeOf));
    expect(codes).toEqual(new Set([undefined, 'RATE_LIMITED']));
    await waitFor('a fresh order', async () => codeOf(await alice.send(createOrders(1))) === undefined);
    expect((await countRows(system.sql)).orders).toBe(before.orders + 6);
  });

  test('holds all that is over it, however often it comes, and no more than that', async () => {
    const carol = await client('carol');
    const answers = await Promise.all(Array.from({ length: 60 }, () => carol.send(createOrders(1))));
    const taken = answers.filter((answer) => codeOf(answer) === undefined).length;
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThanOrEqual(POINTS / 50);
    await waitFor('the points of those that were taken', async () => {
      return (await pointsIn(redis, prefix, 'carol')) === taken * 50;
    });
  });

  test('has a bounded key in Redis for whatever a customer is called, and each of them ends', async () => {
    for (const sub of ['🙂'.repeat(128), 'x', `a:b{c}*?[d] ${randomUUID()}`])
      await (await client(sub)).send(createOrders(1));
    const keys = await redis.keys(`${prefix}:rate:*`);
    expect(keys.length).toBeGreaterThanOrEqual(3);
    for (const key of keys) {
      expect(key.slice(prefix.length)).toMatch(/^:rate:(customer|address):[\w-]{43}$/);
      const ttl = await redis.ttl(key);
      expect(ttl).toBeGreaterThan(0);
      expect(ttl).toBeLessThanOrEqual(WINDOW_SECONDS);
    }
  });
});
