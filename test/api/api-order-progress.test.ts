import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ORDER_STATUSES } from '../../src/orders/lifecycle.js';
import { CancelOrderDocument } from '../support/documents.js';
import { OrderProgressDocument, PayOrderDocument } from '../support/payment-documents.js';
import { Desk } from './desk.js';

/** As a customer reads it: in which state, what can be done. */
const TABLE = [
  { state: 'pending', status: 'PENDING', payable: false, cancellable: true },
  { state: 'waiting', status: 'REQUIRES_ACTION', payable: false, cancellable: true },
  { state: 'confirmed', status: 'CONFIRMED', payable: false, cancellable: true },
  { state: 'failed', status: 'PAYMENT_FAILED', payable: true, cancellable: false },
  { state: 'cancelling', status: 'CANCELLING', payable: false, cancellable: false },
  { state: 'cancelled', status: 'CANCELLED', payable: false, cancellable: false },
  { state: 'processing', status: 'PAYMENT_PROCESSING', payable: false, cancellable: true },
] as const;

const LATE = { since: expect.any(String) as unknown, waitsForOperator: false };
const WITH_OPERATOR = { since: expect.any(String) as unknown, nextAttemptAt: null, waitsForOperator: true };

describe("an order's progress", () => {
  let desk: Desk;

  beforeAll(async () => {
    desk = await Desk.open();
  });

  afterAll(() => desk.close());

  async function progress(id: string, client = desk.alice) {
    const { order } = await client.data(OrderProgressDocument, { id });
    if (order == null) throw new Error(`no order ${id}`);
    return order;
  }

  test('is told of every status', () => {
    expect(TABLE.map(({ status }) => status).toSorted()).toEqual(ORDER_STATUSES.toSorted());
  });

  test.each(TABLE)('says in $status: payable $payable, cancellable $cancellable', async (row) => {
    const { state, status, payable, cancellable } = row;
    const id = await desk[state]();
    for (const client of [desk.alice, desk.olga])
      expect(await progress(id, client)).toMatchObject({ status, payable, cancellable });
    // As cancelOrder and payOrder themselves answer.
    const paid = { orderId: id, idempotencyKey: id, paymentMethod: 'pm_card_visa' };
    const { payOrder } = await desk.alice.data(PayOrderDocument, { input: paid });
    expect(payOrder.__typename === 'PayOrderSuccess').toBe(payable);
    if (payable) return;
    const { cancelOrder } = await desk.alice.data(CancelOrderDocument, { input: { orderId: id } });
    const isChanged = cancelOrder.__typename === 'CancelOrderSuccess' && cancelOrder.order.status !== status;
    expect(isChanged).toBe(cancellable);
  });

  test.each(TABLE.filter(({ state }) => state !== 'processing'))(
    'has no delay in $status where all goes well',
    async ({ state }) => {
      expect((await progress(await desk[state]())).delay).toBeNull();
    },
  );

  test('is not payable any more after ORDER_PAYABLE_MS', async () => {
    const id = await desk.failed();
    await desk.steps.select(`UPDATE orders SET created_at = now() - interval '24 hours' WHERE id = $1`, [id]);
    expect(await progress(id)).toMatchObject({ status: 'PAYMENT_FAILED', payable: false });
  });

  test("names the time of the next attempt, which is the gateway's Retry-After (fault 44)", async () => {
    const id = await desk.pending();
    const busy = { kind: 'http_429', endpoint: 'payment_intents.confirm', retryAfter: '120' };
    await desk.during(busy, () => desk.steps.chargeOrder().run(id));
    const { delay } = await progress(id);
    expect(delay).toMatchObject(LATE);
    const [stored] = await desk.steps.select<{ failedAt: Date; pauseMs: number }>(
      `SELECT occurred_at AS "failedAt", extract(epoch FROM $2::timestamptz - occurred_at)::float8 * 1000 AS "pauseMs"
       FROM order_events WHERE order_id = $1 AND type = 'PAYMENT_ATTEMPT_FAILED'`,
      [id, delay?.nextAttemptAt],
    );
    expect(delay?.since).toBe(stored?.failedAt.toISOString());
    expect(stored?.pauseMs).toBeGreaterThan(119_000);
    expect(stored?.pauseMs).toBeLessThanOrEqual(120_001);
    // The pause ends.
    await desk.steps.select('UPDATE orders SET recover_after = now() WHERE id = $1', [id]);
    await desk.steps.chargeToEnd(id);
    expect(await progress(id)).toMatchObject({ status: 'CONFIRMED', delay: null });
  });

  test('counts a delay from the first of several failed attempts', async () => {
    const id = await desk.processing();
    const { delay: first } = await progress(id);
    await desk.during({ kind: 'http_429', endpoint: 'payment_intents.confirm' }, () =>
      desk.steps.chargeOrder().run(id),
    );
    expect((await progress(id)).delay).toMatchObject({ since: first?.since, waitsForOperator: false });
  });

  test('waits for an operator while a dead letter is open, and not once that is sent back', async () => {
    for (const id of [await desk.deadCharge(), await desk.deadBeforeCharge(), await desk.deadRefund()]) {
      for (const client of [desk.alice, desk.olga])
        expect((await progress(id, client)).delay).toEqual(WITH_OPERATOR);
      await desk.retry((await desk.deadLetterOf(id)).id);
      expect((await progress(id)).delay).toBeNull();
    }
  });
});
