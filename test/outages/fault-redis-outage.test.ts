import { afterAll, afterEach, beforeAll, describe, test } from '@jest/globals';
import type { OwnRedis } from '../support/own-redis.js';
import { SystemUnderFault, TEST_MS } from './fault-redis-support.js';

const BOUND_MS = 10_000;

let system: SystemUnderFault;

beforeAll(async () => {
  system = await SystemUnderFault.open();
}, 60_000);

afterEach(() => system.endFault());

afterAll(() => system.close(), 60_000);

describe('fault 15: workers and relay recover', () => {
  test(
    'after Redis was killed, while orders are created and their messages stay in the outbox (fault 14)',
    async () => {
      await system.placeBefore();
      await system.redis.kill();
      await system.expectHeldInOutbox(() => system.placeDuringFault());
      await system.redis.startAgain();
      await system.atRestWithin(BOUND_MS, 'fault 15, killed');
    },
    TEST_MS,
  );

  test(
    'after Redis was paused',
    async () => {
      await system.placeBefore();
      await system.redis.pause();
      await system.placeDuringFault();
      system.redis.resume();
      await system.atRestWithin(BOUND_MS, 'fault 15, paused');
    },
    TEST_MS,
  );

  test(
    'after their connections were cut repeatedly',
    async () => {
      await system.placeBefore();
      await system.placeDuringFault(() => system.redis.cutConnections());
      await system.atRestWithin(BOUND_MS, 'fault 15, cut');
    },
    TEST_MS,
  );
});

describe('fault 17: Redis refuses writes', () => {
  test.each<[string, (redis: OwnRedis) => Promise<void>, (redis: OwnRedis) => Promise<void>]>([
    ['at maxmemory', (redis) => redis.limitMemory(), (redis) => redis.freeMemory()],
    ['its disk full (MISCONF)', (redis) => redis.fillDisk(), (redis) => redis.freeDisk()],
  ])(
    '%s: messages stay in the outbox, and are delivered when there is space again',
    async (name, fill, free) => {
      await system.placeBefore();
      await fill(system.redis);
      await system.expectHeldInOutbox(() => system.placeDuringFault());
      await free(system.redis);
      await system.atRestWithin(BOUND_MS, `fault 17, ${name}`);
    },
    TEST_MS,
  );
});
