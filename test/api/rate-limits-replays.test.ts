import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { ApiClient } from '../support/api-client.js';
import { orderInput } from '../support/documents.js';
import { required, setup, type TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';
import { countRows } from './orders-support.js';
import { codeOf, createOrders, cacheDocuments, pointsIn, startCounting } from './rate-limits-support.js';

/** 20 orders in a window. */
const POINTS = 1_000;
const CREATE = `mutation ($input: CreateOrderInput!) {
  createOrder(input: $input) { __typename ... on CreateOrderSuccess { replayed } }
}`;
const WINDOW_SECONDS = 3_600;

describe('the rate limit of clients that retry', () => {
  let system: TestSystem;
  let redis: Redis;
  let url: string;
  let prefix: string;

  beforeAll(async () => {
    system = await setup({
      ROLE: 'api',
      RATE_LIMIT_CUSTOMER_POINTS: String(POINTS),
      RATE_LIMIT_WINDOW_SECONDS: String(WINDOW_SECONDS),
      // A busy machine must not look like a fault of Redis.
      RATE_LIMIT_REDIS_TIMEOUT_MS: '10000',
    });
    redis = new Redis(required('TEST_REDIS_URL'));
    prefix = system.env['REDIS_PREFIX'] ?? '';
    ({ url } = await startCounting(system, redis, prefix));
    await cacheDocuments(system, url, createOrders(1), { query: CREATE, variables: { input: orderInput() } });
  });

  afterAll(async () => {
    redis.disconnect();
    await system.close();
  });

  const client = async (sub: string) => new ApiClient(url, await system.token(sub));

  test('counts a replay as a tenth of a new order', async () => {
    const alice = await client('alice');
    const input = orderInput();
    await alice.send({ query: CREATE, variables: { input } });
    for (let replay = 0; replay < 50; replay += 1) {
      const { data } = await alice.send({ query: CREATE, variables: { input } });
      expect(data).toEqual({ createOrder: { __typename: 'CreateOrderSuccess', replayed: true } });
    }
    // Likewise for a reused key, which only reads.
    for (let reuse = 0; reuse < 50; reuse += 1) {
      const other = { ...input, paymentMethod: 'pm_other' };
      const { data } = await alice.send({ query: CREATE, variables: { input: other } });
      expect(data).toEqual({ createOrder: { __typename: 'IdempotencyKeyReused' } });
    }
    await waitFor('the last refunds', async () => {
      return (await pointsIn(redis, prefix, 'alice')) === 50 + 100 * 5;
    });
    for (let order = 0; order < 9; order += 1)
      expect(codeOf(await alice.send(createOrders(1)))).toBeUndefined();
    expect(codeOf(await alice.send(createOrders(1)))).toBe('RATE_LIMITED');
  });

  test('rejects some retries of a storm, without consuming points for new orders or of other customers', async () => {
    const alice = await client('stormy');
    const bob = await client('bob');
    const input = orderInput();
    await alice.send({ query: CREATE, variables: { input } });
    const before = await countRows(system.sql);
    const storm = Promise.all(
      Array.from({ length: 200 }, () => alice.send({ query: CREATE, variables: { input } })),
    );
    // Another customer is served meanwhile.
    for (let order = 0; order < 5; order += 1)
      expect(codeOf(await bob.send(createOrders(1)))).toBeUndefined();
    const codes = new Set((await storm).map(codeOf));
    expect(codes).toEqual(new Set([undefined, 'RATE_LIMITED']));
    await waitFor('a new order', async () => codeOf(await alice.send(createOrders(1))) === undefined);
    expect((await countRows(system.sql)).orders).toBe(before.orders + 6);
  });

  test('rejects concurrent orders above it, and consumes only the points of accepted ones', async () => {
    const carol = await client('carol');
    const answers = await Promise.all(Array.from({ length: 60 }, () => carol.send(createOrders(1))));
    const accepted = answers.filter((answer) => codeOf(answer) === undefined).length;
    expect(accepted).toBeGreaterThan(0);
    expect(accepted).toBeLessThanOrEqual(POINTS / 50);
    await waitFor('the points of the accepted orders', async () => {
      return (await pointsIn(redis, prefix, 'carol')) === accepted * 50;
    });
  });

  test('uses keys of bounded length in Redis, which expire, for any customer id', async () => {
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
