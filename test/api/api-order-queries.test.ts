import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RunningApplication } from '../../src/application.js';
import { ApiClient } from '../support/api-client.js';
import { OrderByIdempotencyKeyDocument, OrderDocument, orderInput } from '../support/documents.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { create, move, refusal } from './orders-support.js';

const EVENTS = `query ($id: ID!, $after: Int) {
  order(id: $id) { events(afterVersion: $after) { version order { id version status } } }
}`;

interface EventsData {
  order: { events: { version: number; order: object }[] } | null;
}

describe('reading an order', () => {
  let system: TestSystem;
  let running: RunningApplication;
  let alice: ApiClient;
  let bob: ApiClient;
  let operator: ApiClient;

  beforeAll(async () => {
    system = await setup({ ROLE: 'api' });
    running = await system.start();
    const client = async (sub: string, roles: string[] = []) =>
      new ApiClient(running.url, await system.token(sub, { roles }));
    alice = await client('alice');
    bob = await client('bob');
    operator = await client('olga', ['operator']);
  });

  afterAll(async () => {
    await system.close();
  });

  test('order(id) returns it to its customer and to operators', async () => {
    const { order } = await create(alice);
    for (const client of [alice, operator]) {
      expect((await client.data(OrderDocument, { id: order.id })).order).toMatchObject(order);
    }
    expect((await alice.data(OrderDocument, { id: order.id.toUpperCase() })).order?.id).toBe(order.id);
  });

  test.each<[string, string | undefined]>([
    ["another customer's id", undefined],
    ['an unknown id', randomUUID()],
    ['an id that is not a UUID', 'order-1'],
    ['an empty id', ''],
    ['an id with a NUL', 'a\0b'],
    ['an id with SQL in it', "' OR 1=1 --"],
    ['a very long id', 'x'.repeat(10_000)],
  ])('order(id) returns the same null for %s', async (_, id) => {
    const { order } = await create(alice);
    const answer = await bob.execute(OrderDocument, { id: id ?? order.id });
    expect(answer).toEqual({ status: 200, data: { order: null } });
  });

  test('order(id) returns null for an unknown id to an operator, too', async () => {
    expect(await operator.data(OrderDocument, { id: randomUUID() })).toEqual({ order: null });
  });

  test('orderByIdempotencyKey returns it only to its own customer', async () => {
    const input = orderInput();
    const { order } = await create(alice, input);
    const { idempotencyKey } = input;
    expect(await alice.data(OrderByIdempotencyKeyDocument, { idempotencyKey })).toEqual({
      orderByIdempotencyKey: order,
    });
    for (const client of [bob, operator]) {
      expect(await client.data(OrderByIdempotencyKeyDocument, { idempotencyKey })).toEqual({
        orderByIdempotencyKey: null,
      });
    }
  });

  test.each([
    ['unknown', randomUUID()],
    ['empty', ''],
    ['with a NUL', 'a\0b'],
    ['beyond ASCII', 'schlüssel 🗝'],
    ['of 10000 characters', 'k'.repeat(10_000)],
  ])('orderByIdempotencyKey returns null for a key that is %s', async (_, idempotencyKey) => {
    const answer = await alice.execute(OrderByIdempotencyKeyDocument, { idempotencyKey });
    expect(answer).toEqual({ status: 200, data: { orderByIdempotencyKey: null } });
  });

  test("returns its events, all or after a version, each with the order's current state", async () => {
    const { order } = await create(alice);
    let state = await move(running, order.id, 'PAYMENT_STARTED', order);
    state = await move(running, order.id, 'PAYMENT_ATTEMPT_FAILED', state);
    state = await move(running, order.id, 'PAYMENT_DECLINED', state);
    const found = (await alice.data(OrderDocument, { id: order.id })).order;
    expect(found).toMatchObject({
      status: 'PAYMENT_FAILED',
      version: 4,
      failure: { code: 'card_declined', message: 'Declined.' },
    });
    expect(
      found?.events.map(({ version, type, previousStatus, status }) => [
        version,
        type,
        previousStatus,
        status,
      ]),
    ).toEqual([
      [1, 'ORDER_CREATED', null, 'PENDING'],
      [2, 'PAYMENT_STARTED', 'PENDING', 'PAYMENT_PROCESSING'],
      [3, 'PAYMENT_ATTEMPT_FAILED', 'PAYMENT_PROCESSING', 'PAYMENT_PROCESSING'],
      [4, 'PAYMENT_DECLINED', 'PAYMENT_PROCESSING', 'PAYMENT_FAILED'],
    ]);
    expect(found?.updatedAt).toBe(found?.events.at(-1)?.occurredAt);
    for (const [after, versions] of [
      [null, [1, 2, 3, 4]],
      [0, [1, 2, 3, 4]],
      [2, [3, 4]],
      [4, []],
      [2_147_483_647, []],
    ] as const) {
      const { data } = await alice.send<EventsData>({ query: EVENTS, variables: { id: order.id, after } });
      expect(data?.order?.events.map(({ version }) => version)).toEqual(versions);
      for (const event of data?.order?.events ?? []) expect(event.order).toEqual({ id: order.id, ...state });
    }
  });

  test('with a negative afterVersion is refused', async () => {
    const { order } = await create(alice);
    const answer = await alice.send({ query: EVENTS, variables: { id: order.id, after: -1 } });
    expect(refusal(answer)).toEqual({
      code: 'BAD_USER_INPUT',
      violations: [{ field: 'afterVersion', message: 'must be at least 0' }],
    });
  });

  test('with a negative afterVersion in a mutation, which is done by then, are all returned', async () => {
    const { order } = await create(alice);
    const query = `mutation ($id: ID!) {
      cancelOrder(input: { orderId: $id }) { ... on CancelOrderSuccess { order { events(afterVersion: -1) { version } } } }
    }`;
    const { data } = await alice.send<{ cancelOrder: { order: { events: object[] } } }>({
      query,
      variables: { id: order.id },
    });
    expect(data?.cancelOrder.order.events).toEqual([{ version: 1 }, { version: 2 }]);
  });

  test('in a list returns no events or items of another order', async () => {
    const orders = [];
    for (let quantity = 1; quantity <= 5; quantity += 1) {
      const { order } = await create(bob, { items: [{ sku: 'cup-espresso', quantity }] });
      orders.push(order);
    }
    await move(running, orders[2]?.id ?? '', 'PAYMENT_STARTED', { status: 'PENDING', version: 1 });
    const { data } = await bob.send<{ orders: { edges: { node: object }[] } }>({
      query: '{ orders(first: 5) { edges { node { id items { quantity } events { orderId version } } } } }',
    });
    expect(data?.orders.edges.map(({ node }) => node)).toEqual(
      orders
        .map(({ id, items }, index) => ({
          id,
          items: [{ quantity: items[0]?.quantity }],
          events: [1, ...(index === 2 ? [2] : [])].map((version) => ({ orderId: id, version })),
        }))
        .toReversed(),
    );
  });

  test('returns a history of 10,050 events in pages of 1,000, without gaps or duplicates', async () => {
    const { order } = await create(alice);
    await system.sql.query(
      `WITH moved AS (UPDATE orders SET version = 10050, status = 'PAYMENT_PROCESSING' WHERE id = $1)
       INSERT INTO order_events (order_id, version, type, status, previous_status)
       SELECT $1, version, 'PAYMENT_ATTEMPT_FAILED', 'PAYMENT_PROCESSING', 'PAYMENT_PROCESSING'
       FROM generate_series(2, 10050) AS version`,
      [order.id],
    );
    const versionsAfter = async (after: number) => {
      const { data } = await alice.send<{ order: { version: number; events: { version: number }[] } }>({
        query:
          'query ($id: ID!, $after: Int) { order(id: $id) { version events(afterVersion: $after) { version } } }',
        variables: { id: order.id, after },
      });
      return {
        newest: data?.order.version,
        versions: (data?.order.events ?? []).map(({ version }) => version),
      };
    };
    const seen: number[] = [];
    for (let [last, newest] = [0, 1]; last < newest;) {
      const answer = await versionsAfter(last);
      expect(answer.versions).toHaveLength(last === 10_000 ? 50 : 1_000);
      seen.push(...answer.versions);
      [last, newest] = [seen.at(-1) ?? Infinity, answer.newest ?? 0];
    }
    expect(seen).toEqual(Array.from({ length: 10_050 }, (_, index) => index + 1));
    expect((await versionsAfter(10_050)).versions).toEqual([]);
  });

  test('returns several aliases of its events, each after its own version', async () => {
    const { order } = await create(alice);
    const processing = await move(running, order.id, 'PAYMENT_STARTED', order);
    await move(running, order.id, 'PAYMENT_SUCCEEDED', processing);
    const query = `query ($id: ID!) { order(id: $id) {
      all: events { version } rest: events(afterVersion: 1) { version } last: events(afterVersion: 2) { version }
      none: events(afterVersion: 3) { version }
    } }`;
    const { data } = await alice.send({ query, variables: { id: order.id } });
    const [one, two, three] = [{ version: 1 }, { version: 2 }, { version: 3 }];
    expect(data).toEqual({ order: { all: [one, two, three], rest: [two, three], last: [three], none: [] } });
  });
});
