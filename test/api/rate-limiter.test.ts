import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { type Consumption, RateLimiter } from '../../src/platform/redis/rate-limiter.js';
import { required } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';

const POINTS = 100;
const PREFIX = `test-${randomUUID()}`;

describe("a rate limiter's refund", () => {
  let redis: Redis;
  const away = new Redis({ lazyConnect: true });

  beforeAll(async () => {
    redis = new Redis(required('TEST_REDIS_URL'), { lazyConnect: true });
    await redis.connect();
  });

  afterAll(async () => {
    for (const key of await redis.keys(`${PREFIX}*`)) await redis.del(key);
    redis.disconnect();
    away.disconnect();
  });

  /** The points that Redis has counted, null without a key. */
  const counted = async ({ name }: Consumption, prefix: string) => redis.get(`${prefix}:${name}`);

  describe.each(['Redis', 'the process'])('where %s counts', (counter) => {
    function start(windowSeconds: number) {
      const connection = counter === 'Redis' ? redis : away;
      const prefix = `${PREFIX}-${randomUUID()}`;
      return { limiter: new RateLimiter(connection, prefix, { points: POINTS, windowSeconds }) };
    }

    /** How many points a key can consume, one by one, before it is rejected. */
    async function left(limiter: RateLimiter, key: string): Promise<number> {
      let count = 0;
      while (count <= 2 * POINTS && (await limiter.consume(key, 1)).retryAfterMs === 0) count += 1;
      return count;
    }

    test('makes the points available again', async () => {
      const { limiter } = start(3_600);
      const consumption = await limiter.consume('alice', 60);
      expect(consumption.counter).toBe(counter === 'Redis' ? 'redis' : 'process');
      limiter.refund(consumption, 25);
      expect(await left(limiter, 'alice')).toBe(POINTS - 35);
    });

    test('returns at most what was consumed', async () => {
      const { limiter } = start(3_600);
      await limiter.consume('alice', 30);
      const consumption = await limiter.consume('alice', 50);
      limiter.refund(consumption, 40);
      limiter.refund(consumption, 40);
      expect(await left(limiter, 'alice')).toBe(POINTS - 30);
    });

    test('returns nothing for a rejected consumption', async () => {
      const { limiter } = start(3_600);
      await limiter.consume('alice', 60);
      const rejected = await limiter.consume('bob', POINTS + 1);
      expect(rejected.retryAfterMs).toBeGreaterThan(0);
      limiter.refund(rejected, POINTS + 1);
      await waitFor('the end of the cached rejection', () => limiter.rejectedForMs('bob') === 0);
      expect(await left(limiter, 'bob')).toBe(POINTS);
    });

    test('does not unblock a key that had too few points for work already done', async () => {
      const { limiter } = start(3_600);
      const consumption = await limiter.consume('alice', 60);
      expect((await limiter.consumeOrBlock('alice', 41)).retryAfterMs).toBeGreaterThan(0);
      limiter.refund(consumption, 60);
      const blockedMs = limiter.rejectedForMs('alice');
      expect((await limiter.consume('alice', 1)).retryAfterMs).toBeLessThanOrEqual(blockedMs);
      expect(blockedMs).toBeGreaterThan(3_000_000);
    });

    test('does not add points to the next window', async () => {
      const { limiter } = start(1);
      const consumption = await limiter.consume('alice', POINTS);
      expect((await limiter.consume('alice', 1)).retryAfterMs).toBeGreaterThan(0);
      const next = await waitFor('the end of the window', async () => {
        const first = await limiter.consume('alice', 1);
        return first.retryAfterMs === 0 && first;
      });
      limiter.refund(consumption, POINTS);
      const all = await limiter.consume('alice', POINTS);
      // On a slow machine, yet another window may have begun.
      expect(all.retryAfterMs > 0 || Date.now() >= next.windowEndsAtMs).toBe(true);
    });
  });

  describe('that reaches Redis after the end of its window', () => {
    const prefix = `${PREFIX}-late`;
    const late = (name: string): Consumption => ({
      retryAfterMs: 0,
      refundablePoints: POINTS,
      counter: 'redis',
      name,
      windowEndsAtMs: Date.now() + 500,
    });
    const limiter = () => new RateLimiter(redis, prefix, { points: POINTS, windowSeconds: 60 });

    test('starts no window', async () => {
      limiter().refund(late('ended'), POINTS);
      expect(await counted(late('ended'), prefix)).toBeNull();
    });

    test('does not change a window that ends later', async () => {
      await redis.set(`${prefix}:later`, 40, 'PX', 60_000);
      limiter().refund(late('later'), POINTS);
      expect(await counted(late('later'), prefix)).toBe('40');
    });

    test('does not take a window below zero', async () => {
      await redis.set(`${prefix}:own`, 40, 'PX', 1_000);
      limiter().refund(late('own'), POINTS);
      expect(await counted(late('own'), prefix)).toBe('0');
    });
  });

  test('of points counted in Redis is not added to the count of the process', async () => {
    const connection = new Redis(required('TEST_REDIS_URL'), {
      lazyConnect: true,
      retryStrategy: () => null,
    });
    await connection.connect();
    const limiter = new RateLimiter(connection, `${PREFIX}-away`, { points: POINTS, windowSeconds: 60 });
    const shared = await limiter.consume('alice', 50);
    connection.disconnect();
    const local = await limiter.consume('alice', POINTS - 10);
    expect([shared.counter, local.counter]).toEqual(['redis', 'process']);
    limiter.refund(shared, 50);
    expect((await limiter.consume('alice', 11)).retryAfterMs).toBeGreaterThan(0);
  });
});
