import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RunningApplication } from '../../src/application.js';
import type { CreateOrderInput } from '../generated/graphql.js';
import { ApiClient } from '../support/api-client.js';
import {
  CreateOrderDocument,
  OrderByIdempotencyKeyDocument,
  OrderDocument,
  orderInput,
} from '../support/documents.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { countRows, create, move, refusal, setProduct, tryCreate } from './orders-support.js';

const TWO_LINES = [
  { sku: 'cup-espresso', quantity: 2 },
  { sku: 'jug-milk', quantity: 1 },
];
const TOTAL = { amount: 3_870, currency: 'EUR' };

describe('createOrder repeated under one key', () => {
  let system: TestSystem;
  let running: RunningApplication;
  let alice: ApiClient;
  let bob: ApiClient;

  beforeAll(async () => {
    system = await setup({ ROLE: 'api' });
    running = await system.start();
    alice = new ApiClient(running.url, await system.token('alice'));
    bob = new ApiClient(running.url, await system.token('bob'));
  });

  afterAll(async () => {
    await system.close();
  });

  test('returns the same order and writes nothing, every time (fault 1)', async () => {
    const input = orderInput();
    const first = await create(alice, input);
    const rows = await countRows(system.sql);
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      expect(await create(alice, input)).toEqual({ ...first, replayed: true });
    }
    expect(await countRows(system.sql)).toEqual(rows);
  });

  test('treats input with its lines and fields in another order as the same (fault 3)', async () => {
    const idempotencyKey = randomUUID();
    const first = await create(alice, { idempotencyKey, items: TWO_LINES, expectedTotal: TOTAL });
    const again = await alice.send<{ createOrder: object }>({
      query: CreateOrderDocument.toString(),
      variables: {
        input: {
          expectedTotal: { currency: TOTAL.currency, amount: TOTAL.amount },
          paymentMethod: 'pm_card_visa',
          items: TWO_LINES.toReversed().map(({ sku, quantity }) => ({ quantity, sku })),
          idempotencyKey,
        },
      },
    });
    expect(again.data?.createOrder).toEqual({ ...first, replayed: true });
    expect(first.order.items.map(({ sku }) => sku)).toEqual(['cup-espresso', 'jug-milk']);
  });

  test('treats an expected total of null as one that is left out', async () => {
    const absent = orderInput();
    const { order } = await create(alice, absent);
    expect((await create(alice, { ...absent, expectedTotal: null })).order.id).toBe(order.id);
    const other = orderInput();
    const created = await create(alice, { ...other, expectedTotal: null });
    expect(await create(alice, other)).toEqual({ ...created, replayed: true });
  });

  test.each<[string, Partial<CreateOrderInput>]>([
    ['quantity', { items: [{ sku: 'cup-espresso', quantity: 3 }] }],
    ['product', { items: [{ sku: 'jug-milk', quantity: 2 }] }],
    ['product, one that is unknown', { items: [{ sku: 'unknown', quantity: 2 }] }],
    ['number of lines', { items: TWO_LINES }],
    ['payment method', { paymentMethod: 'pm_card_mastercard' }],
    ['expected total, the right one', { expectedTotal: { amount: 1_980, currency: 'EUR' } }],
    ['expected total, a wrong one', { expectedTotal: { amount: 1, currency: 'EUR' } }],
    ['set of currencies', { items: [...TWO_LINES, { sku: 'mug-enamel', quantity: 1 }] }],
  ])('refuses another %s, without revealing or writing anything', async (_, change) => {
    const input = orderInput();
    const { order } = await create(alice, input);
    const rows = await countRows(system.sql);
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      const result = await tryCreate(alice, { ...input, ...change });
      expect(result).toEqual({
        __typename: 'IdempotencyKeyReused',
        code: 'IDEMPOTENCY_KEY_REUSED',
        message: expect.not.stringContaining(order.id),
      });
    }
    expect(await countRows(system.sql)).toEqual(rows);
    expect(await create(alice, input)).toEqual({ order, replayed: true, __typename: 'CreateOrderSuccess' });
  });

  test('treats keys that differ in one letter, in case or in a trailing space as different keys', async () => {
    const key = randomUUID();
    const ids = [];
    for (const idempotencyKey of [`${key}a`, `${key}A`, `${key}a `]) {
      const { order, replayed } = await create(alice, { idempotencyKey });
      expect(replayed).toBe(false);
      ids.push(order.id);
    }
    expect(new Set(ids).size).toBe(3);
  });

  test("keeps two customers' orders under one key apart, whatever their input (fault 4)", async () => {
    const input = orderInput();
    const hers = await create(alice, input);
    const his = await create(bob, input);
    expect([his.replayed, his.order.id === hers.order.id]).toEqual([false, false]);
    expect((await create(bob, input)).order.id).toBe(his.order.id);
    const other = orderInput();
    await create(alice, other);
    const { order } = await create(bob, { ...other, items: TWO_LINES });
    expect(order.total).toEqual(TOTAL);
    const { idempotencyKey } = input;
    const found = await Promise.all(
      [alice, bob].map((client) => client.data(OrderByIdempotencyKeyDocument, { idempotencyKey })),
    );
    expect(found.map(({ orderByIdempotencyKey }) => orderByIdempotencyKey?.id)).toEqual([
      hers.order.id,
      his.order.id,
    ]);
  });

  test('returns the order in its current state', async () => {
    const input = orderInput();
    const { order } = await create(alice, input);
    const processing = await move(running, order.id, 'PAYMENT_STARTED', order);
    const confirmed = await move(running, order.id, 'PAYMENT_SUCCEEDED', processing);
    const again = await create(alice, input);
    expect(again).toMatchObject({ replayed: true, order: { id: order.id, ...confirmed, failure: null } });
    expect(confirmed).toEqual({ status: 'CONFIRMED', version: 3 });
    expect(again.order.createdAt).toBe(order.createdAt);
    expect(Date.parse(again.order.updatedAt)).toBeGreaterThanOrEqual(Date.parse(order.updatedAt));
  });

  test('returns a failed order and does not retry its payment', async () => {
    const input = orderInput();
    const { order } = await create(alice, input);
    const processing = await move(running, order.id, 'PAYMENT_STARTED', order);
    await move(running, order.id, 'PAYMENT_DECLINED', processing);
    const rows = await countRows(system.sql);
    expect(await create(alice, input)).toMatchObject({
      replayed: true,
      order: { id: order.id, status: 'PAYMENT_FAILED', version: 3, failure: { code: 'card_declined' } },
    });
    expect(await countRows(system.sql)).toEqual(rows);
  });

  test('returns the original prices and names after the catalogue has changed or the product is inactive', async () => {
    await setProduct(system.sql, { sku: 'changing', unitAmount: 500, name: 'Old name' });
    const input = orderInput({
      items: [{ sku: 'changing', quantity: 2 }],
      expectedTotal: { amount: 1_000, currency: 'EUR' },
    });
    const { order } = await create(alice, input);
    const changes = [
      { unitAmount: 700 },
      { unitAmount: 700, name: 'New name', currency: 'USD' },
      { unitAmount: 700, active: false },
    ];
    for (const change of changes) {
      await setProduct(system.sql, { sku: 'changing', ...change });
      expect(await create(alice, input)).toEqual({ __typename: 'CreateOrderSuccess', replayed: true, order });
    }
    expect(order.items).toMatchObject([{ name: 'Old name', unitPrice: { amount: 500 } }]);
    const stored = await alice.data(OrderDocument, { id: order.id });
    expect(stored.order?.items).toEqual(order.items);
    // A new order uses the current catalogue.
    expect((await tryCreate(alice, { ...input, idempotencyKey: randomUUID() })).__typename).toBe(
      'ProductUnavailable',
    );
  });

  test('validates the input before it looks for the order', async () => {
    const input = orderInput();
    await create(alice, input);
    const answer = await alice.execute(CreateOrderDocument, { input: { ...input, items: [] } });
    expect(refusal(answer).code).toBe('BAD_USER_INPUT');
  });

  test('stores the version of the fingerprint with the order', async () => {
    const { order } = await create(alice, orderInput());
    const { rows } = await system.sql.query('SELECT fingerprint_version FROM orders WHERE id = $1', [
      order.id,
    ]);
    expect(rows).toEqual([{ fingerprint_version: 1 }]);
  });

  test('answers SERVICE_UNAVAILABLE for a key whose order a newer release stored: another process can compare it', async () => {
    const input = orderInput();
    const { order } = await create(alice, input);
    await system.sql.query('UPDATE orders SET fingerprint_version = 32767 WHERE id = $1', [order.id]);
    const rows = await countRows(system.sql);
    const fresh = await system.start();
    for (const { url } of [running, fresh]) {
      const client = new ApiClient(url, await system.token('alice'));
      // In one batch with another order, which must not be affected.
      const [repeated, other] = await Promise.all([
        client.execute(CreateOrderDocument, { input }),
        create(client, orderInput()),
      ]);
      expect(repeated.errors?.[0]?.extensions).toMatchObject({
        code: 'SERVICE_UNAVAILABLE',
        retryable: true,
      });
      expect(other.replayed).toBe(false);
    }
    expect((await countRows(system.sql)).orders).toBe(rows.orders + 2);
    await system.sql.query('UPDATE orders SET fingerprint_version = 1 WHERE id = $1', [order.id]);
    expect(await create(alice, input)).toMatchObject({ replayed: true, order: { id: order.id } });
  });
});
