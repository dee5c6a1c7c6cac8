import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { OrderSteps } from '../support/order-steps.js';
import { OwnRedis } from '../support/own-redis.js';

describe('fault 17: a batch for which Redis has no room, or only some', () => {
  let redis: OwnRedis;
  let steps: OrderSteps;

  beforeAll(async () => {
    redis = await OwnRedis.start();
    steps = await OrderSteps.open({ REDIS_URL: redis.url });
  });

  afterEach(async () => {
    await redis.flush();
    await steps.select('DELETE FROM outbox_messages');
  });

  afterAll(async () => {
    await steps.close();
    await redis.end();
  });

  async function insertMessages(count: number): Promise<void> {
    await steps.select(
      `INSERT INTO outbox_messages (kind, order_id) SELECT 'CHARGE_ORDER', gen_random_uuid() FROM generate_series(1, $1)`,
      [count],
    );
  }

  async function expectAllGivenBack(): Promise<void> {
    const messages = await steps.messages();
    expect(messages.some(({ delivered, leased }) => delivered || leased)).toBe(false);
  }

  test.each<[string, RegExp, () => Promise<void>, () => Promise<void>]>([
    ['no memory', /OOM/, () => redis.limitMemory(), () => redis.freeMemory()],
    ['no room on the disk', /MISCONF/, () => redis.fillDisk(), () => redis.freeDisk()],
  ])('%s: no message is marked, and all are given back', async (_, error, fill, free) => {
    await insertMessages(3);
    await fill();
    await expect(steps.relay().runOnce()).rejects.toThrow(error);
    await expectAllGivenBack();
    await free();
    expect(await steps.relay().runOnce()).toEqual({ delivered: 3 });
    expect(await steps.jobs()).toBe(3);
  });

  test('memory for a part of the jobs: no message is marked, and all are delivered again', async () => {
    await insertMessages(500);
    await redis.limitMemory(200_000);
    await expect(steps.relay().runOnce()).rejects.toThrow(/OOM/);
    await expectAllGivenBack();
    const taken = await steps.jobs();
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThan(500);
    await redis.freeMemory();
    expect(await steps.relay().runOnce()).toEqual({ delivered: 500 });
    expect(await steps.jobs()).toBe(500);
  });
});
