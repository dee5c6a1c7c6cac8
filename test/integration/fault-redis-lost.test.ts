import { describe, expect, test } from '@jest/globals';
import { SystemUnderFault, TEST_MS } from './fault-redis-support.js';

const BOUND_MS = 30_000;

describe('fault 16: recovery rebuilds the work from PostgreSQL', () => {
  test.each<[string, (system: SystemUnderFault) => Promise<void>]>([
    ['FLUSHALL', (system) => system.redis.flush()],
    ['FLUSHALL, again and again', (system) => system.placeDuringFault(() => system.redis.flush())],
    ['Redis restarted empty', (system) => system.redis.startAgainEmpty()],
  ])(
    'after %s',
    (name, lose) =>
      SystemUnderFault.use(async (system) => {
        await system.placeBefore();
        await lose(system);
        await system.atRestWithin(BOUND_MS, `fault 16, ${name}`);
        // The loss met work that was under way, and that was told again.
        expect((await system.steps.messages()).length).toBeGreaterThan(system.orders.length);
      }),
    TEST_MS,
  );
});
