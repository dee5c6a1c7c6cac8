import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ApiClient, type GraphQLAnswer } from '../support/api-client.js';
import {
  CreateOrderDocument,
  OrderByIdempotencyKeyDocument,
  OrderDocument,
  orderInput,
  OrdersDocument,
  ProductsDocument,
  UpsertProductDocument,
} from '../support/documents.js';
import { OwnPostgres } from '../support/own-postgres.js';
import { sqlPool } from '../support/sql-pool.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';
import { countRows, create, move } from '../api/orders-support.js';

/** Internals that no client may see. */
const INTERNALS =
  /select|insert|update |prisma|postgres|redis|econn|refused|terminat|127\.0\.0\.1|\.ts\b|\.js\b|node_modules|\bat [A-Z]\w+\.|P\d{4}/i;

describe('while PostgreSQL is down', () => {
  let system: TestSystem;
  let postgres: OwnPostgres;
  let alice: ApiClient;
  let operator: ApiClient;
  let running: Awaited<ReturnType<TestSystem['start']>>;

  beforeAll(async () => {
    postgres = await OwnPostgres.start();
    system = await setup({ ROLE: 'api', DATABASE_URL: postgres.url });
    running = await system.start();
    alice = new ApiClient(running.url, await system.token('alice'));
    operator = new ApiClient(running.url, await system.token('olga', { roles: ['operator'] }));
  }, 60_000);

  afterAll(async () => {
    await alice.close();
    await system.close();
    await postgres.end();
  }, 60_000);

  function expectUnavailable({ data, errors }: GraphQLAnswer<unknown>, field: string): void {
    expect(Object.values(data ?? { [field]: null })).toEqual([null]);
    expect(errors).toEqual([
      {
        message: expect.stringContaining('not available'),
        path: [field],
        locations: expect.any(Array),
        extensions: { code: 'SERVICE_UNAVAILABLE', retryable: true, retryAfterMs: expect.any(Number) },
      },
    ]);
    expect(JSON.stringify(errors)).not.toMatch(INTERNALS);
  }

  test('every operation fails with a retryable error that reveals no internals', async () => {
    const input = orderInput();
    const { order } = await create(alice, input);
    await postgres.stop();
    const price = { amount: 1, currency: 'EUR' };
    const product = { sku: 'tea', name: 'Tea', price };
    const { idempotencyKey } = input;
    // Twice: first with lost connections, then with new ones.
    for (let round = 1; round <= 2; round += 1) {
      expectUnavailable(await alice.execute(CreateOrderDocument, { input: orderInput() }), 'createOrder');
      expectUnavailable(await alice.execute(CreateOrderDocument, { input }), 'createOrder');
      expectUnavailable(await alice.execute(OrderDocument, { id: order.id }), 'order');
      expectUnavailable(
        await alice.execute(OrderByIdempotencyKeyDocument, { idempotencyKey }),
        'orderByIdempotencyKey',
      );
      expectUnavailable(await alice.execute(OrdersDocument, {}), 'orders');
      expectUnavailable(await alice.execute(ProductsDocument, {}), 'products');
      expectUnavailable(await operator.execute(UpsertProductDocument, { input: product }), 'upsertProduct');
    }
    const many = Array.from({ length: 30 }, () =>
      alice.execute(CreateOrderDocument, { input: orderInput() }),
    );
    for (const answer of await Promise.all(many)) expectUnavailable(answer, 'createOrder');
    const watch = alice.watch(order.id, 0);
    const { error } = await watch.untilEnded();
    expect(error).toMatchObject([{ extensions: { code: 'SERVICE_UNAVAILABLE', retryable: true } }]);
    expect(JSON.stringify(error)).not.toMatch(INTERNALS);
    // Requests that need no database are answered as usual.
    const bad = await alice.execute(CreateOrderDocument, { input: { ...input, items: [] } });
    expect(bad.errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
    const anonymous = await new ApiClient(running.url, undefined).execute(OrdersDocument, {});
    expect(anonymous.errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
    await postgres.startAgain();
  }, 60_000);

  test('createOrder fails, and the same call creates one order when the server is back', async () => {
    const sql = sqlPool(postgres.url, 1);
    const input = orderInput();
    const created = await waitFor('a create', () => create(alice, orderInput()));
    const before = await countRows(sql);
    await postgres.stop();
    expectUnavailable(await alice.execute(CreateOrderDocument, { input }), 'createOrder');
    await postgres.startAgain();
    const { order } = await waitFor('a create', () => create(alice, input));
    expect((await create(alice, input)).order.id).toBe(order.id);
    expect((await countRows(sql)).orders).toBe(before.orders + 1);
    expect((await alice.data(OrderDocument, { id: created.order.id })).order).toMatchObject(created.order);
    await sql.end();
  }, 60_000);

  test('a subscription stays open and continues when the server is back', async () => {
    const { order } = await waitFor('a create', () => create(alice));
    const watch = alice.watch(order.id, 0);
    await watch.until('the first event', ({ version }) => version === 1);
    await postgres.stop();
    expectUnavailable(await alice.execute(OrdersDocument, {}), 'orders');
    expect(watch.ended).toBeUndefined();
    await postgres.startAgain();
    const state = await waitFor('a move', () => move(running, order.id, 'DEAD_LETTERED', order));
    await watch.until('the second event', ({ version }) => version === 2);
    await move(running, order.id, 'ORDER_CANCELLED', state);
    expect(await watch.untilEnded()).toEqual({});
    expect(watch.events.map(({ version }) => version)).toEqual([1, 2, 3]);
  }, 60_000);
});
