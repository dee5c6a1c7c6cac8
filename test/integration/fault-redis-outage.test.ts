import { describe, expect, test } from '@jest/globals';
import { SystemUnderFault, TEST_MS } from './fault-redis-support.js';

const BOUND_MS = 10_000;

function underFault(name: string, run: (system: SystemUnderFault) => Promise<void>): void {
  test(name, () => SystemUnderFault.use(run), TEST_MS);
}

describe('fault 14: Redis down at create', () => {
  underFault('creates go on; the outbox holds their messages until Redis is back', async (system) => {
    await system.place();
    await system.redis.stop();
    const before = system.orders.length;
    await system.placeDuringFault();
    const during = new Set(system.orders.slice(before));
    const messages = (await system.steps.messages()).filter(({ orderId }) => during.has(orderId));
    expect(messages).toHaveLength(during.size);
    expect(messages.some(({ delivered }) => delivered)).toBe(false);
    await system.redis.startAgain();
    await system.atRestWithin(BOUND_MS, 'fault 14');
  });
});

describe('fault 15: workers and relay go on by themselves', () => {
  underFault('after Redis was killed', async (system) => {
    await system.placeBefore();
    await system.redis.kill();
    await system.placeDuringFault();
    await system.redis.startAgain();
    await system.atRestWithin(BOUND_MS, 'fault 15, killed');
  });

  underFault('after Redis was paused', async (system) => {
    await system.placeBefore();
    await system.redis.pause();
    await system.placeDuringFault();
    system.redis.resume();
    await system.atRestWithin(BOUND_MS, 'fault 15, paused');
  });

  underFault('after their connections were cut, again and again', async (system) => {
    await system.placeBefore();
    await system.placeDuringFault(() => system.redis.cutConnections());
    await system.atRestWithin(BOUND_MS, 'fault 15, cut');
  });
});
