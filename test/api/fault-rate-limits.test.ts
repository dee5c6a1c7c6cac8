import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import type { RunningApplication } from '../../src/application.js';
import { ApiClient } from '../support/api-client.js';
import { OwnRedis } from '../support/own-redis.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';
import { codeOf, createOrders, cacheDocuments, pointsIn, untilCounting } from './rate-limits-support.js';

/** Four orders. */
const POINTS = '200';

describe('the rate limit during faults of Redis', () => {
  let redis: OwnRedis;
  let system: TestSystem;
  let prefix: string;
  let apis: RunningApplication[];
  let run = 0;

  beforeAll(async () => {
    redis = await OwnRedis.start();
    system = await setup({
      ROLE: 'api',
      REDIS_URL: redis.url,
      RATE_LIMIT_CUSTOMER_POINTS: POINTS,
      RATE_LIMIT_WINDOW_SECONDS: '3600',
      // A busy machine must not look like a fault of Redis.
      RATE_LIMIT_REDIS_TIMEOUT_MS: '1000',
      // Every other command waits for Redis without a limit.
      REDIS_COMMAND_TIMEOUT_MS: '3600000',
    });
    prefix = system.env['REDIS_PREFIX'] ?? '';
    apis = [await system.start(), await system.start()];
  });

  beforeEach(async () => {
    run += 1;
    await untilBothCount();
  });

  afterEach(async () => {
    redis.resume();
    await redis.startAgain();
    await redis.freeMemory();
  });

  afterAll(async () => {
    await system.close();
    await redis.end();
  });

  /** Waits until both APIs count in Redis. */
  async function untilBothCount(): Promise<void> {
    const asking = new Redis(redis.url);
    try {
      for (const { url } of apis) {
        await untilCounting(system, asking, prefix, url);
        await cacheDocuments(system, url, createOrders(1));
      }
    } finally {
      asking.disconnect();
    }
  }

  /** Sends eight orders to both APIs in turn. @returns how many of them are accepted */
  async function acceptedOf8(sub: string): Promise<number> {
    const token = await system.token(`${sub} ${run}`);
    const codes: (string | undefined)[] = [];
    for (let order = 0; order < 8; order += 1) {
      const { url } = apis[order % 2] ?? { url: '' };
      codes.push(codeOf(await new ApiClient(url, token).send(createOrders(1))));
    }
    expect([undefined, 'RATE_LIMITED']).toEqual(expect.arrayContaining([...new Set(codes)]));
    return codes.filter((code) => code === undefined).length;
  }

  test.each<[string, () => Promise<unknown>, () => Promise<void>]>([
    ['was stopped', () => redis.stop(), () => redis.startAgain()],
    ['was killed', () => redis.kill(), () => redis.startAgain()],
    [
      'is paused',
      () => redis.pause(),
      async () => {
        redis.resume();
      },
    ],
    ['is at its memory limit', () => redis.limitMemory(), () => redis.freeMemory()],
  ])('is counted by each process where Redis %s, and shared again afterwards', async (_, begin, end) => {
    expect(await acceptedOf8('before')).toBe(4);
    await begin();
    // Each process accepts four.
    await waitFor('the local limit', async () => (await acceptedOf8(`during ${Math.random()}`)) === 8);
    const first = await system.token(`during ${run}`);
    const answers = [];
    for (let order = 0; order < 6; order += 1)
      answers.push(codeOf(await new ApiClient(apis[0]?.url ?? '', first).send(createOrders(1))));
    expect(answers).toEqual([...Array<undefined>(4).fill(undefined), 'RATE_LIMITED', 'RATE_LIMITED']);
    await end();
    await untilBothCount();
    expect(await acceptedOf8('after')).toBe(4);
  });

  test('starts from zero after FLUSHALL, and accepts orders while connections to Redis are cut', async () => {
    expect(await acceptedOf8('alice')).toBe(4);
    await redis.flush();
    await waitFor('an accepted order', async () => (await acceptedOf8('alice')) > 0);
    let customer = 0;
    const end = Date.now() + 2_000;
    while (Date.now() < end) {
      await redis.cutConnections();
      customer += 1;
      expect(await acceptedOf8(`cut ${customer}`)).toBeGreaterThanOrEqual(4);
    }
    await untilBothCount();
    expect(await acceptedOf8('after')).toBe(4);
    expect(await redis.ask((asking) => pointsIn(asking, prefix, `after ${run}`))).toBe(200);
  });
});
