import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { SystemUnderFault, TEST_MS } from './fault-redis-support.js';

const BOUND_MS = 30_000;

let system: SystemUnderFault;

beforeAll(async () => {
  system = await SystemUnderFault.open();
}, 60_000);

afterEach(() => system.endFault());

afterAll(() => system.close(), 60_000);

describe('fault 16: recovery queues the work again from PostgreSQL', () => {
  test.each<[string, () => Promise<void>]>([
    ['FLUSHALL, again and again', () => system.placeDuringFault(() => system.redis.flush())],
    ['Redis restarted empty', () => system.redis.startAgainEmpty()],
  ])(
    'after %s',
    async (name, lose) => {
      const requeuedBefore = (await system.steps.messages()).length - system.orders.length;
      await system.placeBefore();
      await lose();
      await system.atRestWithin(BOUND_MS, `fault 16, ${name}`);
      // The loss met jobs, whose work was queued again.
      expect((await system.steps.messages()).length - system.orders.length).toBeGreaterThan(requeuedBefore);
    },
    TEST_MS,
  );
});
