import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { RunningApplication } from '../../src/application.js';
import { OrderQueries } from '../../src/orders/order-queries.js';
import { ApiClient } from '../support/api-client.js';
import { RawSocket } from '../support/raw-socket.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';
import { create, move } from '../api/orders-support.js';

const PLAIN = 'subscription ($id: ID!) { orderEvents(orderId: $id, afterVersion: 0) { version } }';
/** Different selections of the same event, with the expected data of its second version. */
const SELECTIONS: readonly (readonly [string, (orderId: string) => object])[] = [
  [PLAIN, () => ({ orderEvents: { version: 2 } })],
  [
    'subscription ($id: ID!) { e: orderEvents(orderId: $id, afterVersion: 0) { v: version status } }',
    () => ({ e: { v: 2, status: 'PAYMENT_PROCESSING' } }),
  ],
  [
    `subscription ($id: ID!) { orderEvents(orderId: $id, afterVersion: 0) { ...F } }
     fragment F on OrderEvent { orderId ... on OrderEvent { type } }`,
    (orderId) => ({ orderEvents: { orderId, type: 'PAYMENT_STARTED' } }),
  ],
  [
    'subscription ($id: ID!, $no: Boolean = false) { orderEvents(orderId: $id, afterVersion: 0) { version detail @include(if: $no) } }',
    () => ({ orderEvents: { version: 2 } }),
  ],
  [
    'subscription ($id: ID!) { orderEvents(orderId: $id, afterVersion: 0) { order { id idempotencyKey items { sku } } } }',
    (orderId) => ({ orderEvents: { order: { id: orderId, items: expect.any(Array) } } }),
  ],
];

describe('subscribers of one order', () => {
  let system: TestSystem;
  let running: RunningApplication;
  const opened: RawSocket[] = [];

  beforeAll(async () => {
    system = await setup({ ROLE: 'api' });
    running = await system.start();
  });

  afterEach(() => {
    jest.restoreAllMocks();
    for (const socket of opened.splice(0)) socket.terminate();
  });

  afterAll(async () => {
    await system.close();
  });

  async function newOrder(): Promise<string> {
    return (await create(new ApiClient(running.url, await system.token('alice')))).order.id;
  }

  async function connect(sub: string, roles: string[] = []): Promise<RawSocket> {
    const socket = await RawSocket.connect(running.url, await system.token(sub, { roles }));
    opened.push(socket);
    return socket;
  }

  const nexts = (socket: RawSocket, id: string) =>
    socket.messages.filter((message) => message.type === 'next' && message.id === id);

  async function untilNexts(socket: RawSocket, id: string, count: number) {
    await waitFor(`${count} events of ${id}`, () => nexts(socket, id).length >= count);
    return nexts(socket, id);
  }

  test('each get their own selection under their own id, whatever others select', async () => {
    const id = await newOrder();
    const sockets = [
      await connect('alice'),
      await connect('alice'),
      await connect('olga', ['operator']),
      await connect('otto', ['operator']),
    ];
    const stranger = await connect('bob');
    for (const [number, [query]] of SELECTIONS.entries()) {
      for (const [index, socket] of sockets.entries()) {
        socket.subscribe(`"${index}"-é-${number}`, query, { id });
        await untilNexts(socket, `"${index}"-é-${number}`, 1);
      }
      stranger.subscribe(String(number), query, { id });
      await stranger.message('complete', String(number));
    }
    await move(running, id, 'PAYMENT_STARTED', { status: 'PENDING', version: 1 });
    for (const [number, [, expected]] of SELECTIONS.entries()) {
      for (const [index, socket] of sockets.entries()) {
        const [, second] = await untilNexts(socket, `"${index}"-é-${number}`, 2);
        expect(second?.payload).toMatchObject({ data: expected(id) });
        expect(Object.keys(second ?? {})).toEqual(['id', 'type', 'payload']);
      }
    }
    expect(JSON.stringify(stranger.messages)).not.toContain(id);
    expect(nexts(stranger, '0')).toMatchObject([{ payload: { data: null } }]);
  });

  test('share one read of the order among customers and one among operators', async () => {
    const id = await newOrder();
    const query =
      'subscription ($id: ID!) { orderEvents(orderId: $id, afterVersion: 0) { order { status } } }';
    const sockets: RawSocket[] = [];
    for (const [sub, roles] of [
      ['alice', []],
      ['alice', []],
      ['olga', ['operator']],
      ['otto', ['operator']],
    ] as const) {
      const socket = await connect(sub, [...roles]);
      socket.subscribe('1', query, { id });
      await untilNexts(socket, '1', 1);
      sockets.push(socket);
    }
    const byIds = jest.spyOn(running.app.get(OrderQueries, { strict: false }), 'byIds');
    await move(running, id, 'PAYMENT_STARTED', { status: 'PENDING', version: 1 });
    for (const socket of sockets) await untilNexts(socket, '1', 2);
    // One id for the customer's sockets, one for the operators'.
    expect(byIds.mock.calls.map(([ids]) => ids)).toEqual([[id, id]]);
  });

  test('do not wait for one that stops reading, which gets all events later', async () => {
    const id = await newOrder();
    const query = 'subscription ($id: ID!) { orderEvents(orderId: $id, afterVersion: 0) { version detail } }';
    const [quick, slow] = [await connect('alice'), await connect('alice')];
    for (const socket of [quick, slow]) {
      socket.subscribe('1', query, { id });
      await untilNexts(socket, '1', 1);
    }
    slow.stopReading();
    for (let round = 0; round < 20; round += 1) {
      const { rows } = await system.sql.query<{ version: number }>(
        `WITH moved AS (UPDATE orders SET version = version + 50, status = 'PAYMENT_PROCESSING' WHERE id = $1 RETURNING version)
         INSERT INTO order_events (order_id, version, type, status, previous_status, detail, actor)
         SELECT $1, version - 50 + step, 'PAYMENT_ATTEMPT_FAILED', 'PAYMENT_PROCESSING', 'PAYMENT_PROCESSING', repeat('x', 10000), 'worker'
         FROM moved, generate_series(1, 50) AS step RETURNING version`,
        [id],
      );
      expect(rows).toHaveLength(50);
    }
    await untilNexts(quick, '1', 1_001);
    expect(nexts(slow, '1').length).toBeLessThan(1_001);
    slow.resumeReading();
    const versions = (await untilNexts(slow, '1', 1_001)).map(
      ({ payload }) => (payload as { data: { orderEvents: { version: number } } }).data.orderEvents.version,
    );
    expect(versions).toEqual(Array.from({ length: 1_001 }, (_, index) => index + 1));
  });

  test('still get an event while others leave in the middle of it', async () => {
    const id = await newOrder();
    const query = SELECTIONS[4]?.[0] ?? '';
    const [first, ...others] = [
      await connect('alice'),
      await connect('alice'),
      await connect('alice'),
    ] as const;
    for (const socket of [first, ...others]) {
      socket.subscribe('1', query, { id });
      await untilNexts(socket, '1', 1);
    }
    const queries = running.app.get(OrderQueries, { strict: false });
    const read = queries.items.bind(queries);
    let leave: () => void = () => undefined;
    jest.spyOn(queries, 'items').mockImplementationOnce(async (orders) => {
      leave();
      await waitFor('the others to have left', () => nexts(first, '1').length === 1);
      return read(orders);
    });
    leave = () => {
      first.send({ type: 'complete', id: '1' });
      others[0].terminate();
    };
    const dead = await move(running, id, 'DEAD_LETTERED', { status: 'PENDING', version: 1 });
    await untilNexts(others[1], '1', 2);
    await move(running, id, 'ORDER_CANCELLED', dead);
    await others[1].message('complete', '1');
    expect(nexts(others[1], '1')).toHaveLength(3);
    expect(first.messages.filter(({ type }) => type === 'error' || type === 'complete')).toEqual([]);
  });
});
