import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { OrderSteps } from '../support/order-steps.js';
import { OwnRedis } from '../support/own-redis.js';

describe('fault 17: a batch of the relay at a Redis with too little space', () => {
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

  async function expectAllReleased(): Promise<void> {
    const messages = await steps.messages();
    expect(messages.some(({ delivered, leased }) => delivered || leased)).toBe(false);
  }

  test.each<[string, RegExp, () => Promise<void>, () => Promise<void>]>([
    ['no memory', /OOM/, () => redis.limitMemory(), () => redis.freeMemory()],
    ['no room on the disk', /MISCONF/, () => redis.fillDisk(), () => redis.freeDisk()],
  ])(
    '(%s) fails as a whole: no message is marked delivered, and all are released',
    async (_, error, fill, free) => {
      await insertMessages(3);
      await fill();
      await expect(steps.relay().runOnce()).rejects.toThrow(error);
      await expectAllReleased();
      await free();
      expect(await steps.relay().runOnce()).toEqual({ delivered: 3 });
      expect(await steps.jobs()).toBe(3);
    },
  );

  test('with memory for some of the jobs fails as a whole, and is delivered again', async () => {
    await insertMessages(500);
    await redis.limitMemory(200_000);
    await expect(steps.relay().runOnce()).rejects.toThrow(/OOM/);
    await expectAllReleased();
    const added = await steps.jobs();
    expect(added).toBeGreaterThan(0);
    expect(added).toBeLessThan(500);
    await redis.freeMemory();
    expect(await steps.relay().runOnce()).toEqual({ delivered: 500 });
    expect(await steps.jobs()).toBe(500);
  });
});
