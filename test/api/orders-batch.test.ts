import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { readConfig } from '../../src/config/config.js';
import type { CreateOrderOutcome, NewOrder } from '../../src/orders/create/create-order-outcome.js';
import { createOrders } from '../../src/orders/create/create-orders.js';
import { Database } from '../../src/platform/database/database.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { countRows, setProduct } from './orders-support.js';

const SETTINGS = { recoverAfterMs: 60_000, maxDeclinesPerHour: 30 };
const CUPS = [{ sku: 'cup-espresso', quantity: 2 }];

function newOrder(overrides: Partial<NewOrder> = {}): NewOrder {
  return {
    customerId: 'alice',
    idempotencyKey: randomUUID(),
    items: CUPS,
    paymentMethod: 'pm_card_visa',
    ...overrides,
  };
}

function idOf(outcome: CreateOrderOutcome | undefined): string | undefined {
  return outcome !== undefined && 'order' in outcome ? outcome.order.id : undefined;
}

describe('createOrders with a list', () => {
  let system: TestSystem;
  let database: Database;

  beforeAll(async () => {
    system = await setup();
    database = new Database(readConfig(system.env));
    await setProduct(system.sql, { sku: 'inactive', active: false });
    await setProduct(system.sql, { sku: 'dearest', unitAmount: 99_999_999 });
  });

  beforeEach(async () => {
    await system.sql.query('TRUNCATE orders, order_items, order_events, outbox_messages CASCADE');
  });

  afterAll(async () => {
    await database.$disconnect();
    await system.close();
  });

  const run = (orders: readonly NewOrder[]) => createOrders(database, orders, SETTINGS);

  test('returns the outcome of each order, in the order of the list', async () => {
    const stored = newOrder();
    const [earlier] = await run([stored]);
    const twin = newOrder({ items: [...CUPS, { sku: 'jug-milk', quantity: 1 }] });
    const shared = newOrder();
    const total = { amount: 1_980, currency: 'EUR' };
    const entries: readonly (readonly [NewOrder, string])[] = [
      [newOrder(), 'created'],
      [stored, 'replayed'],
      [newOrder({ items: [{ sku: 'inactive', quantity: 1 }, ...CUPS] }), 'product-unavailable inactive'],
      [{ ...stored, paymentMethod: 'pm_card_mastercard' }, 'key-reused'],
      [twin, 'created'],
      [newOrder({ expectedTotal: total }), 'created'],
      [newOrder({ expectedTotal: { ...total, amount: 1 } }), 'price-changed 1980 EUR'],
      [newOrder({ expectedTotal: { ...total, currency: 'USD' } }), 'price-changed 1980 EUR'],
      [{ ...twin, items: twin.items.toReversed() }, 'replayed'],
      [newOrder({ items: [...CUPS, { sku: 'mug-enamel', quantity: 1 }] }), 'mixed-currencies EUR,USD'],
      [newOrder({ items: [{ sku: 'dearest', quantity: 2 }] }), 'total-too-large'],
      [{ ...stored, customerId: 'bob' }, 'created'],
      [
        newOrder({
          items: [
            { sku: 'none', quantity: 1 },
            { sku: 'void', quantity: 1 },
          ],
        }),
        'product-unavailable none,void',
      ],
      [shared, 'created'],
      [shared, 'replayed'],
      [{ ...shared, items: [{ sku: 'cup-espresso', quantity: 3 }] }, 'key-reused'],
      [{ ...shared, customerId: 'bob', items: [{ sku: 'mug-enamel', quantity: 1 }] }, 'created'],
      [{ ...stored, items: [{ sku: 'none', quantity: 1 }] }, 'key-reused'],
      [newOrder({ items: [{ sku: 'dearest', quantity: 1 }] }), 'created'],
      [newOrder(), 'created'],
    ];
    const before = await countRows(system.sql);
    const outcomes = await run(entries.map(([order]) => order));
    expect(outcomes.map(describeOutcome)).toEqual(entries.map(([, outcome]) => outcome));
    expect(idOf(outcomes[1])).toBe(idOf(earlier));
    expect(idOf(outcomes[8])).toBe(idOf(outcomes[4]));
    expect(idOf(outcomes[14])).toBe(idOf(outcomes[13]));
    for (const [index, outcome] of outcomes.entries()) {
      if (!('order' in outcome)) continue;
      const { customerId, idempotencyKey } = entries[index]?.[0] ?? {};
      expect(outcome.order).toMatchObject({ customerId, idempotencyKey, status: 'PENDING', version: 1 });
    }
    const created = entries.filter(([, outcome]) => outcome === 'created').map(([order]) => order);
    expect(await countRows(system.sql)).toEqual({
      orders: before.orders + created.length,
      items: before.items + created.flatMap(({ items }) => items).length,
      events: before.events + created.length,
      messages: before.messages + created.length,
    });
  });

  test('stores the items, event and message of each order under its id', async () => {
    const orders = Array.from({ length: 20 }, (_, index) =>
      newOrder({
        customerId: `customer-${index % 4}`,
        items: [
          { sku: 'jug-milk', quantity: index + 1 },
          { sku: 'cup-espresso', quantity: 21 - index },
        ],
        paymentMethod: `pm_${index}`,
      }),
    );
    const outcomes = await run(orders);
    const { rows } = await system.sql.query<{ id: string }>(
      `SELECT o.id, o.customer_id AS customer, o.payment_method AS method, o.total_amount AS total,
         (SELECT array_agg(i.sku || ' ' || i.quantity || ' ' || i.unit_amount ORDER BY position)
          FROM order_items i WHERE i.order_id = o.id) AS items,
         (SELECT array_agg(version || ' ' || type || ' ' || status) FROM order_events e WHERE e.order_id = o.id) AS events,
         (SELECT array_agg(kind) FROM outbox_messages m WHERE m.order_id = o.id) AS messages,
         recover_after > created_at AS recoverable
       FROM orders o`,
    );
    const byId = new Map(rows.map((row) => [row.id, row]));
    for (const [index, outcome] of outcomes.entries()) {
      expect(byId.get(idOf(outcome) ?? '')).toEqual({
        id: idOf(outcome),
        customer: `customer-${index % 4}`,
        method: `pm_${index}`,
        total: 1_890 * (index + 1) + 990 * (21 - index),
        items: [`jug-milk ${index + 1} 1890`, `cup-espresso ${21 - index} 990`],
        events: ['1 ORDER_CREATED PENDING'],
        messages: ['CHARGE_ORDER'],
        recoverable: true,
      });
    }
    expect(rows).toHaveLength(20);
  });

  test('creates the first of several inputs under one key', async () => {
    for (let round = 0; round < 5; round += 1) {
      const idempotencyKey = randomUUID();
      const rivals = [1, 2, 3].map((quantity) =>
        newOrder({ idempotencyKey, items: [{ sku: 'cup-espresso', quantity }] }),
      );
      const outcomes = await run([newOrder(), ...rivals, newOrder()]);
      expect(outcomes.map(({ kind }) => kind)).toEqual([
        'created',
        'created',
        'key-reused',
        'key-reused',
        'created',
      ]);
    }
  });

  test('creates a later order under the key of one that was refused', async () => {
    const idempotencyKey = randomUUID();
    const refused = newOrder({ idempotencyKey, items: [{ sku: 'none', quantity: 1 }] });
    const outcomes = await run([refused, newOrder({ idempotencyKey })]);
    expect(outcomes[1]?.kind).toBe('created');
    expect((await run([newOrder({ idempotencyKey })]))[0]).toMatchObject({ kind: 'replayed' });
  });

  test('keeps customers and keys apart that are equal when joined', async () => {
    const outcomes = await run([
      newOrder({ customerId: 'a', idempotencyKey: 'b c' }),
      newOrder({ customerId: 'a b', idempotencyKey: 'c' }),
      newOrder({ customerId: 'a","b', idempotencyKey: 'c' }),
      newOrder({ customerId: 'a', idempotencyKey: 'b","c' }),
    ]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(Array(4).fill('created'));
  });

  test('accepts an empty list', async () => {
    expect(await run([])).toEqual([]);
  });

  test('creates 500 orders at once, and replays them', async () => {
    const orders = Array.from({ length: 500 }, () => newOrder());
    const first = await run(orders);
    expect(new Set(first.map(idOf)).size).toBe(500);
    const again = await run(orders);
    expect(again.map(({ kind }) => kind)).toEqual(Array(500).fill('replayed'));
    expect(again.map(idOf)).toEqual(first.map(idOf));
    expect(await countRows(system.sql)).toEqual({ orders: 500, items: 500, events: 500, messages: 500 });
  });
});

function describeOutcome(outcome: CreateOrderOutcome): string {
  switch (outcome.kind) {
    case 'product-unavailable':
      return `${outcome.kind} ${outcome.skus.join(',')}`;
    case 'price-changed':
      return `${outcome.kind} ${outcome.total.amount} ${outcome.total.currency}`;
    case 'mixed-currencies':
      return `${outcome.kind} ${outcome.currencies.join(',')}`;
    case 'created':
    case 'replayed':
    case 'key-reused':
    case 'unknown-fingerprint-version':
    case 'too-many-declines':
    case 'total-too-large':
      return outcome.kind;
  }
}
