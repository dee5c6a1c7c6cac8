import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { NewOrder } from '../../src/orders/create/create-order-outcome.js';
import { createOrders } from '../../src/orders/create/create-orders.js';
import { Database } from '../../src/platform/database/database.js';
import { gated } from '../support/actor.js';
import { ApiClient } from '../support/api-client.js';
import { orderInput } from '../support/documents.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { countRows, tryCreate } from './orders-support.js';

const SETTINGS = { recoverAfterMs: 60_000, maxDeclinesPerHour: 30 };

describe('concurrent createOrder calls to two APIs', () => {
  let system: TestSystem;
  let clients: ApiClient[];
  let databases: Database[];

  beforeAll(async () => {
    system = await setup({ ROLE: 'api' });
    const instances = [await system.start(), await system.start()];
    const token = await system.token('alice');
    clients = instances.map(({ url }) => new ApiClient(url, token));
    databases = instances.map(({ app }) => app.get(Database, { strict: false }));
  });

  afterAll(async () => {
    await system.close();
  });

  test('50 calls under one key create one order, and all return it (fault 2)', async () => {
    const before = await countRows(system.sql);
    const input = orderInput();
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, index) => tryCreate(clients[index % 2] as ApiClient, input)),
    );
    const orders = results.map((result) =>
      result.__typename === 'CreateOrderSuccess' ? result.order : result,
    );
    expect(new Set(orders.map((order) => JSON.stringify(order))).size).toBe(1);
    expect(orders[0]).toMatchObject({ status: 'PENDING', idempotencyKey: input.idempotencyKey });
    const created = results.filter((result) => 'replayed' in result && !result.replayed);
    expect(created).toHaveLength(1);
    expect(await countRows(system.sql)).toEqual({
      orders: before.orders + 1,
      items: before.items + 1,
      events: before.events + 1,
      messages: before.messages + 1,
    });
  });

  test('several inputs under one key create one order, and the other inputs are refused (fault 3)', async () => {
    const idempotencyKey = randomUUID();
    const quantities = Array.from({ length: 40 }, (_, index) => (index % 4) + 1);
    const results = await Promise.all(
      quantities.map((quantity, index) =>
        tryCreate(clients[index % 2] as ApiClient, {
          idempotencyKey,
          items: [{ sku: 'cup-espresso', quantity }],
        }),
      ),
    );
    const { rows } = await system.sql.query<{ id: string; quantity: number }>(
      'SELECT id, quantity FROM orders JOIN order_items ON order_id = id WHERE idempotency_key = $1',
      [idempotencyKey],
    );
    expect(rows).toHaveLength(1);
    for (const [index, result] of results.entries()) {
      if (quantities[index] === rows[0]?.quantity) {
        expect(result).toMatchObject({ __typename: 'CreateOrderSuccess', order: { id: rows[0]?.id } });
      } else {
        expect(result.__typename).toBe('IdempotencyKeyReused');
      }
    }
  });

  test('several customers under one key create an order each', async () => {
    const input = orderInput();
    const { url } = await system.start();
    const customers = Array.from({ length: 20 }, (_, index) => `customer-${index}`);
    const tokens = await Promise.all(customers.map((customer) => system.token(customer)));
    const results = await Promise.all(tokens.map((token) => tryCreate(new ApiClient(url, token), input)));
    const ids = results.map((result) => {
      expect(result).toMatchObject({ __typename: 'CreateOrderSuccess', replayed: false });
      return result.__typename === 'CreateOrderSuccess' ? result.order.id : '';
    });
    expect(new Set(ids).size).toBe(20);
  });

  test('batches with the same keys in opposite order never deadlock', async () => {
    for (let round = 0; round < 40; round += 1) {
      const batch = Array.from({ length: 30 }, (_, index): NewOrder => ({
        customerId: `customer-${index % 3}`,
        idempotencyKey: `round-${round}-${(index * 7) % 30}`,
        items: [{ sku: 'cup-espresso', quantity: 1 }],
        paymentMethod: 'pm_card_visa',
      }));
      const [forth, back] = await Promise.all([
        createOrders(databases[0] as Database, batch, SETTINGS),
        createOrders(databases[1] as Database, batch.toReversed(), SETTINGS),
      ]);
      const ids = [forth, back.toReversed()].map((outcomes) =>
        outcomes.map((outcome) => ('order' in outcome ? outcome.order.id : outcome.kind)),
      );
      expect(ids[0]).toEqual(ids[1]);
      expect(new Set(ids[0]).size).toBe(batch.length);
      for (const [index, { kind }] of forth.entries()) {
        const kinds = [kind, back.at(-1 - index)?.kind].toSorted();
        expect(kinds).toEqual(['created', 'replayed']);
      }
    }
  });

  test('an order in the way that PostgreSQL then loses is created anew', async () => {
    const order = (idempotencyKey: string): NewOrder => ({
      customerId: 'alice',
      idempotencyKey,
      items: [{ sku: 'cup-espresso', quantity: 1 }],
      paymentMethod: 'pm_card_visa',
    });
    const batch = ['kept', 'lost', 'new'].map((name) => order(`${name}-${randomUUID()}`));
    const database = databases[0] as Database;
    const stored = await createOrders(database, batch.slice(0, 2), SETTINGS);
    const lost = stored[1];
    const lossy = losing(database, async () => {
      await system.sql.query('UPDATE orders SET idempotency_key = id::text WHERE id = $1', [
        lost !== undefined && 'order' in lost ? lost.order.id : undefined,
      ]);
    });
    const outcomes = await createOrders(lossy, batch, SETTINGS);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['replayed', 'created', 'created']);
  });
});

/** Every statement but the first comes after a loss. */
function losing(database: Database, lose: () => Promise<void>): Database {
  let isFirst = true;
  return gated(database, async () => {
    if (isFirst) isFirst = false;
    else await lose();
  });
}
