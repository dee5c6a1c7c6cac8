import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { setImmediate } from 'node:timers/promises';
import type { OrderEvent } from '../../src/orders/order.js';
import { EventReader } from '../../src/subscriptions/event-reader.js';
import { OrderChannel } from '../../src/subscriptions/order-channel.js';
import { SubscriptionCursor } from '../../src/subscriptions/subscription-cursor.js';

const RETRY_DELAY_MS = 1_000;
type Found = ReadonlyMap<string, readonly OrderEvent[]>;

/** A reader whose queries wait until the test answers them. */
function startReader() {
  const queries: { ids: string[]; resolve: (found: Found) => void; reject: (error: Error) => void }[] = [];
  const eventsAfter = (wanted: readonly { readonly orderId: string }[]) =>
    new Promise<Map<string, OrderEvent[]>>((resolve, reject) => {
      const ids = wanted.map(({ orderId }) => orderId);
      queries.push({ ids, resolve: resolve as (found: Found) => void, reject });
    });
  return { queries, reader: new EventReader({ eventsAfter }, RETRY_DELAY_MS) };
}

function channelOf(orderId: string): OrderChannel {
  const channel = new OrderChannel(orderId, () => undefined);
  const sink = { view: '', render: () => undefined, send: () => true, end: () => undefined };
  channel.add(new SubscriptionCursor({ sink, visibleTo: 'all', afterVersion: 0, startVersion: 0 }));
  return channel;
}

/** Lets the reactions of all settled promises run. */
const settle = () => setImmediate();

describe('an event reader', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  test('reads orders that are requested in one turn by one query', async () => {
    const { queries, reader } = startReader();
    for (const id of ['a', 'b', 'c']) reader.request(channelOf(id));
    await settle();
    expect(queries.map(({ ids }) => ids)).toEqual([['a', 'b', 'c']]);
  });

  test('runs two queries at a time, and reads what comes up meanwhile by the next one', async () => {
    const { queries, reader } = startReader();
    for (const id of ['a', 'b', 'c', 'd']) {
      reader.request(channelOf(id));
      await settle();
    }
    expect(queries.map(({ ids }) => ids)).toEqual([['a'], ['b']]);
    queries[0]?.resolve(new Map());
    await settle();
    expect(queries.map(({ ids }) => ids)).toEqual([['a'], ['b'], ['c', 'd']]);
  });

  test('reads an order by one query at a time, and once more where it was announced during the query', async () => {
    const { queries, reader } = startReader();
    const channel = channelOf('a');
    reader.request(channel);
    await settle();
    channel.announce(2);
    reader.request(channel);
    await settle();
    expect(queries).toHaveLength(1);
    queries[0]?.resolve(new Map());
    await settle();
    expect(queries.map(({ ids }) => ids)).toEqual([['a'], ['a']]);
    queries[1]?.resolve(new Map());
    await settle();
    expect(queries).toHaveLength(2);
  });

  test('reads an order again after a delay where the query failed, and not before', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
    const { queries, reader } = startReader();
    reader.request(channelOf('a'));
    await settle();
    queries[0]?.reject(new Error('The database is gone.'));
    await settle();
    jest.advanceTimersByTime(RETRY_DELAY_MS - 1);
    await settle();
    expect(queries).toHaveLength(1);
    jest.advanceTimersByTime(1);
    await settle();
    expect(queries.map(({ ids }) => ids)).toEqual([['a'], ['a']]);
    reader.stop();
  });
});
