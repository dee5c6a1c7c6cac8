import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { RunningApplication } from '../../src/application.js';
import { OrderFeed } from '../../src/subscriptions/order-feed.js';
import { ApiClient } from '../support/api-client.js';
import { RawSocket } from '../support/raw-socket.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';
import { create, move } from '../api/orders-support.js';

/** An event alone, and with its order and history. */
const EVENT = 'subscription ($id: ID!) { orderEvents(orderId: $id, afterVersion: 0) { version } }';
const ORDER_OF_EVENT = `subscription ($id: ID!) {
  orderEvents(orderId: $id, afterVersion: 0) { order { id events { version order { total { amount } } } } }
}`;

describe('a subscription of a customer', () => {
  let system: TestSystem;
  let running: RunningApplication;
  let alice: ApiClient;
  const open: { close(): Promise<void> }[] = [];

  beforeAll(async () => {
    system = await setup({ ROLE: 'api' });
    running = await system.start();
    alice = await client('alice');
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await Promise.all(open.splice(0).map((each) => each.close()));
  });

  afterAll(async () => {
    await system.close();
  });

  async function client(sub: string, roles: string[] = []): Promise<ApiClient> {
    const made = new ApiClient(running.url, await system.token(sub, { roles }));
    open.push(made);
    return made;
  }

  async function socketOf(sub: string): Promise<RawSocket> {
    const socket = await RawSocket.connect(running.url, await system.token(sub));
    open.push({
      close: async () => {
        socket.terminate();
      },
    });
    return socket;
  }

  /** Nothing in this system changes an order's customer: the subscriptions must not rely on it. */
  async function give(orderId: string, customerId: string): Promise<void> {
    await system.sql.query('UPDATE orders SET customer_id = $2 WHERE id = $1', [orderId, customerId]);
  }

  test('completes before the first event after the order was given to another customer', async () => {
    const { order } = await create(alice);
    const [hers, operators] = [
      (await client('alice')).watch(order.id, 0),
      (await client('olga', ['operator'])).watch(order.id, 0),
    ];
    await Promise.all([hers, operators].map((watch) => watch.until('its first event', () => true)));
    await give(order.id, 'bob');
    const bobs = (await client('bob')).watch(order.id, 0);
    const dead = await move(running, order.id, 'DEAD_LETTERED', { status: 'PENDING', version: 1 });
    await move(running, order.id, 'ORDER_CANCELLED', dead);
    // It completes like any other: it doesn't reveal that the order has another customer now.
    expect(await hers.untilEnded()).toEqual({});
    expect(hers.events.map(({ version }) => version)).toEqual([1]);
    for (const watch of [operators, bobs]) {
      expect(await watch.untilEnded()).toEqual({});
      expect(watch.events.map(({ version }) => version)).toEqual([1, 2, 3]);
    }
  });

  test('that waits for a later version completes as well when the order is given to another customer', async () => {
    const { order } = await create(alice);
    const feed = jest.spyOn(running.app.get(OrderFeed, { strict: false }), 'subscribe');
    const watch = (await client('alice')).watch(order.id, 10);
    await waitFor('her subscription', () => feed.mock.calls.length === 1);
    await give(order.id, 'bob');
    await move(running, order.id, 'PAYMENT_STARTED', { status: 'PENDING', version: 1 });
    expect(await watch.untilEnded()).toEqual({});
    expect(watch.events).toEqual([]);
  });

  test('to an order that was given to another customer answers NOT_FOUND', async () => {
    const { order } = await create(alice);
    await give(order.id, 'bob');
    for (const query of [EVENT, ORDER_OF_EVENT]) {
      const socket = await socketOf('alice');
      socket.subscribe('1', query, { id: order.id });
      await socket.message('complete', '1');
      expect(JSON.stringify(socket.messages)).not.toContain(order.id);
      expect((await socket.message('next', '1')).payload).toMatchObject({
        data: null,
        errors: [{ extensions: { code: 'NOT_FOUND' } }],
      });
    }
  });

  test('gets no events of an order that another customer subscribes to in the same process', async () => {
    const bob = await client('bob');
    const orders = { alice: (await create(alice)).order, bob: (await create(bob)).order };
    const sockets = { alice: await socketOf('alice'), bob: await socketOf('bob') };
    for (const who of ['alice', 'bob'] as const) {
      sockets[who].subscribe('mine', ORDER_OF_EVENT, { id: orders[who].id });
      // The other customer's order.
      sockets[who].subscribe('theirs', ORDER_OF_EVENT, { id: orders[who === 'alice' ? 'bob' : 'alice'].id });
    }
    for (const who of ['alice', 'bob'] as const) {
      await move(running, orders[who].id, 'PAYMENT_STARTED', { status: 'PENDING', version: 1 });
    }
    for (const [who, other] of [
      ['alice', 'bob'],
      ['bob', 'alice'],
    ] as const) {
      await sockets[who].message('complete', 'theirs');
      await sockets[who].message('next', 'mine');
      expect(JSON.stringify(sockets[who].messages)).not.toContain(orders[other].id);
    }
  });
});
