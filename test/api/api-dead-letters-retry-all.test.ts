import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { RetryAllDeadLettersDocument } from '../support/operator-documents.js';
import { waitFor } from '../support/wait-for.js';
import { Desk } from './desk.js';
import { refusal } from './orders-support.js';

describe('retryAllDeadLetters', () => {
  let desk: Desk;

  beforeEach(async () => {
    desk = await Desk.open();
  });

  afterEach(() => desk.close());

  const retryAll = async (limit?: number | null) =>
    (await desk.olga.data(RetryAllDeadLettersDocument, limit === undefined ? {} : { limit }))
      .retryAllDeadLetters;

  async function dead(count: number): Promise<string[]> {
    const ids = [];
    for (let made = 0; made < count; made += 1) ids.push(await desk.deadBeforeCharge());
    return ids;
  }

  /** The orders whose dead letters are in this state, the oldest first. */
  const ordersOf = async (state: 'OPEN' | 'RETRIED') =>
    (await desk.list({ state, first: 100 })).map(({ order }) => order.id).toReversed();

  test('retries the oldest first, up to its limit', async () => {
    const ids = await dead(5);
    expect(await retryAll(2)).toBe(2);
    expect(await ordersOf('RETRIED')).toEqual(ids.slice(0, 2));
    expect(await retryAll(1_000)).toBe(3);
    expect(await ordersOf('RETRIED')).toEqual(ids);
    expect((await desk.list({ state: 'RETRIED' })).every(({ resolvedBy }) => resolvedBy === 'olga')).toBe(
      true,
    );
    expect(await retryAll(1)).toBe(0);
  });

  test('retries 100 where no limit is given', async () => {
    // By SQL, since 102 orders would take as many calls.
    await desk.steps.select(
      `WITH stored AS (
         INSERT INTO orders (customer_id, idempotency_key, fingerprint, total_amount, currency, payment_method)
         SELECT 'alice', 'many-' || n, '', 100, 'EUR', 'pm_card_visa' FROM generate_series(1, 102) n RETURNING id
       ), event AS (
         INSERT INTO order_events (order_id, version, type, status) SELECT id, 1, 'ORDER_CREATED', 'PENDING' FROM stored
       )
       INSERT INTO dead_letters (order_id, task, attempts, error) SELECT id, 'CHARGE', 1, 'test' FROM stored`,
    );
    expect(await retryAll()).toBe(100);
    expect(await retryAll(null)).toBe(2);
  });

  test.each([0, -1, 1_001])('refuses a limit of %d', async (limit) => {
    const [id = ''] = await dead(1);
    const answer = await desk.olga.execute(RetryAllDeadLettersDocument, { limit });
    expect(refusal(answer)).toEqual({
      code: 'BAD_USER_INPUT',
      violations: [{ field: 'limit', message: 'must be from 1 to 1000' }],
    });
    expect(await ordersOf('OPEN')).toEqual([id]);
  });

  test('continues after a dead letter whose retry fails', async () => {
    const [first = '', broken = '', last = ''] = await dead(3);
    // No code of this system leaves an order at rest with an open dead letter.
    await desk.steps.select(`UPDATE orders SET status = 'CONFIRMED' WHERE id = $1`, [broken]);
    expect(await retryAll()).toBe(2);
    expect(await ordersOf('RETRIED')).toEqual([first, last]);
    expect(await ordersOf('OPEN')).toEqual([broken]);
  });

  test('called concurrently, retries each dead letter once', async () => {
    const ids = await dead(8);
    const counts = await Promise.all([retryAll(), retryAll(), retryAll(5)]);
    expect(counts.reduce((sum, count) => sum + count)).toBe(8);
    expect(await ordersOf('RETRIED')).toEqual(ids);
    for (const id of ids) {
      expect(await desk.steps.history(id)).toEqual(['ORDER_CREATED', 'DEAD_LETTERED', 'DEAD_LETTER_RETRIED']);
    }
  });

  test('fault 26: every dead letter is open, retried or discarded, and all orders come to rest', async () => {
    const orders = [
      await desk.deadCharge(),
      await desk.deadChargeWithMoney(),
      await desk.deadBeforeCharge(),
      await desk.deadRefund(),
      await desk.deadCharge('payment_intents.create'),
      await desk.deadCharge(),
    ];
    const [discarded = '', , , , , cancelled = ''] = orders;
    await desk.discard((await desk.deadLetterOf(discarded)).id);
    await desk.cancel(desk.alice, cancelled);
    await desk.retry((await desk.deadLetterOf(orders[1] ?? '')).id);
    await desk.during({ kind: 'http_500' }, () => desk.steps.chargeToEnd(orders[1] ?? ''));
    expect(await counts()).toEqual({ entered: 7, open: 4, retried: 1, discarded: 2 });
    expect(await retryAll()).toBe(4);
    expect(await counts()).toEqual({ entered: 7, open: 0, retried: 5, discarded: 2 });

    await desk.steps.system.start({ ROLE: 'relay,worker' });
    const statuses = async () =>
      (await desk.steps.select<{ status: string }>('SELECT status FROM orders ORDER BY id')).map(
        ({ status }) => status,
      );
    const expected = ['PAYMENT_FAILED', 'CONFIRMED', 'CONFIRMED', 'CANCELLED', 'CONFIRMED', 'CANCELLED'];
    await waitFor(
      'all orders at rest',
      async () => JSON.stringify(await statuses()) === JSON.stringify(expected),
    );
    for (const [index, id] of orders.entries()) {
      const { captures = 0, captured = 0, refunded = 0 } = (await desk.steps.sandbox.order(id)) ?? {};
      expect(captures).toBeLessThanOrEqual(1);
      expect(captured - refunded).toBe(expected[index] === 'CONFIRMED' ? 1_980 : 0);
    }
  });

  async function counts(): Promise<unknown> {
    const [row] = await desk.steps.select(
      `SELECT (SELECT count(*)::int FROM order_events WHERE type = 'DEAD_LETTERED') AS entered,
         count(*) FILTER (WHERE state = 'OPEN')::int AS open,
         count(*) FILTER (WHERE state = 'RETRIED')::int AS retried,
         count(*) FILTER (WHERE state = 'DISCARDED')::int AS discarded FROM dead_letters`,
    );
    return row;
  }
});
