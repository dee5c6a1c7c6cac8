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

describe('fault 15: workers and relay go on by themselves', () => {
  test(
    'after Redis was killed; creates go on, and the outbox holds their messages until it is back (fault 14)',
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
    'after their connections were cut, again and again',
    async () => {
      await system.placeBefore();
      await system.placeDuringFault(() => system.redis.cutConnections());
      await system.atRestWithin(BOUND_MS, 'fault 15, cut');
    },
    TEST_MS,
  );
});

describe('fault 17: Redis refuses to write', () => {
  test.each<[string, (redis: OwnRedis) => Promise<void>, (redis: OwnRedis) => Promise<void>]>([
    ['at maxmemory', (redis) => redis.limitMemory(), (redis) => redis.freeMemory()],
    ['its disk full (MISCONF)', (redis) => redis.fillDisk(), (redis) => redis.freeDisk()],
  ])(
    '%s: the outbox keeps its messages, and the work goes on when there is room',
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
