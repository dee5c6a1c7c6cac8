import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { beginAttempts } from '../../src/payments/attempts.js';
import { storePaymentIntentIds } from '../../src/payments/payment-intents.js';
import { OrderSteps } from '../support/order-steps.js';
import { SecondWorker } from '../support/second-worker.js';
import { waitFor } from '../support/wait-for.js';

const CONCURRENT = 20;
const FROM = { status: 'PENDING', version: 1 } as const;

let steps: OrderSteps;

beforeAll(async () => {
  steps = await OrderSteps.open();
}, 60_000);

afterAll(async () => {
  await steps.close();
}, 60_000);

/** @returns the ids, sorted */
async function placeOrders(): Promise<string[]> {
  const ids = await Promise.all(Array.from({ length: CONCURRENT }, () => steps.placeOrder()));
  return ids.sort();
}

function start(orderId: string, { transitions } = steps as Pick<OrderSteps, 'transitions'>) {
  return transitions.apply({ orderId, type: 'PAYMENT_STARTED', from: FROM, actor: 'worker' });
}

describe('transitions in one statement', () => {
  test('apply one of two from the same version, and return undefined for the other', async () => {
    const ids = await placeOrders();
    const versions = await Promise.all([...ids, ...ids].map((id) => start(id)));
    for (const [index, id] of ids.entries()) {
      const [first, second] = [versions[index], versions[index + CONCURRENT]];
      expect([first, second].filter((version) => version !== undefined)).toEqual([2]);
      expect(await steps.history(id)).toEqual(['ORDER_CREATED', 'PAYMENT_STARTED']);
    }
    const [written] = await steps.select<{ transactions: number }>(
      `SELECT count(DISTINCT xmin::text)::int AS transactions FROM order_events
       WHERE order_id = ANY ($1::uuid[]) AND version = 2`,
      [ids],
    );
    expect(written?.transactions).toBe(1);
  });

  test('each get their own result, in any order', async () => {
    const ids = await placeOrders();
    const moved = new Set(ids.filter((_, index) => index % 3 === 0));
    await Promise.all([...moved].map((id) => start(id)));
    const mixed = ids.toReversed();
    expect(await Promise.all(mixed.map((id) => start(id)))).toEqual(
      mixed.map((id) => (moved.has(id) ? undefined : 2)),
    );
  });
});

test('a pause beyond an int4 makes neither its transition nor the others in the statement fail', async () => {
  const ids = await placeOrders();
  const versions = await Promise.all(
    ids.map((orderId, index) =>
      steps.transitions.apply({
        orderId,
        type: 'PAYMENT_STARTED',
        from: FROM,
        actor: 'worker',
        ...(index === CONCURRENT / 2 ? { pauseMs: 9_999_999_999_000 } : {}),
      }),
    ),
  );
  expect(versions).toEqual(ids.map(() => 2));
});

describe('two workers with the same orders in opposite order', () => {
  /** Makes both wait for the row in the middle: if they locked in opposite order, they would deadlock afterwards. */
  async function whileBothWait<Result>(
    lock: string,
    work: (workers: readonly [SecondWorker, SecondWorker]) => Promise<Result>,
  ): Promise<Result> {
    const workers = [new SecondWorker(steps), new SecondWorker(steps)] as const;
    const holder = await steps.system.sql.connect();
    try {
      await holder.query(`BEGIN; ${lock} FOR UPDATE`);
      const working = work(workers);
      await waitFor('two blocked statements', async () => (await waiting()) === 2);
      await holder.query('COMMIT');
      return await working;
    } finally {
      holder.release(true);
      // PostgreSQL counts deadlocks when the sessions end.
      for (const worker of workers) await worker.close();
    }
  }

  async function waiting(): Promise<number> {
    const [row] = await steps.select<{ count: number }>(
      `SELECT count(*)::int AS count FROM pg_stat_activity
       WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return row?.count ?? 0;
  }

  async function deadlocks(): Promise<string | undefined> {
    const [row] = await steps.select<{ deadlocks: string }>(
      'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()',
    );
    return row?.deadlocks;
  }

  test('move each order once, without a deadlock', async () => {
    const ids = await placeOrders();
    const versions = await whileBothWait(
      `SELECT FROM orders WHERE id = '${ids[CONCURRENT / 2] ?? ''}'`,
      async ([one, other]) =>
        Promise.all([...ids.map((id) => start(id, one)), ...ids.toReversed().map((id) => start(id, other))]),
    );
    expect(versions.filter((version) => version === 2)).toHaveLength(CONCURRENT);
    for (const id of ids) expect(await steps.history(id)).toEqual(['ORDER_CREATED', 'PAYMENT_STARTED']);
    expect(await deadlocks()).toBe('0');
  });

  test('store one PaymentIntent for each order, without a deadlock', async () => {
    const ids = await placeOrders();
    await Promise.all(ids.map((id) => start(id)));
    await beginAttempts(steps.database, 'CHARGE', ids);
    const list = (name: string) =>
      ids.map((orderId) => ({ orderId, paymentIntentId: `${name}_${orderId}`, generation: 0 }));
    const [stored, reversed] = await whileBothWait(
      `SELECT FROM payments WHERE order_id = '${ids[CONCURRENT / 2] ?? ''}'`,
      async ([one, other]) =>
        Promise.all([
          storePaymentIntentIds(one.database, list('one')),
          storePaymentIntentIds(other.database, list('other').reverse()),
        ]),
    );
    expect(reversed.toReversed()).toEqual(stored);
    expect(stored.every((id) => id !== undefined)).toBe(true);
    expect(await deadlocks()).toBe('0');
  });
});
