import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RunningApplication } from '../../src/application.js';
import type { OrderTransition } from '../../src/orders/transition.js';
import { ApiClient } from '../support/api-client.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { create, move } from '../api/orders-support.js';

const LIMIT = 2 ** 31 - 1;

describe('orderEvents after a version that the order may not have yet', () => {
  let system: TestSystem;
  let running: RunningApplication;
  let alice: ApiClient;

  beforeAll(async () => {
    system = await setup({ ROLE: 'api' });
    running = await system.start();
    alice = new ApiClient(running.url, await system.token('alice'));
  });

  afterAll(async () => {
    await alice.close();
    await system.close();
  });

  test.each([
    [1, [2, 3]],
    [2, [3]],
    [3, []],
    [4, []],
    [100, []],
    [LIMIT, []],
  ])('after %d completes with the final event, and sends the later versions %j', async (after, expected) => {
    const { order } = await create(alice);
    const watch = alice.watch(order.id, after);
    const other = alice.watch(order.id, 0);
    await other.until('the first event', ({ version }) => version === 1);
    let state: OrderTransition['from'] = order;
    for (const type of ['DEAD_LETTERED', 'ORDER_CANCELLED'] as const) {
      state = await move(running, order.id, type, state);
    }
    expect(await other.untilEnded()).toEqual({});
    expect(await watch.untilEnded()).toEqual({});
    expect(watch.events.map(({ version }) => version)).toEqual(expected);
  });
});
