import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { waitFor } from '../support/wait-for.js';
import { ReconcileDesk, TOTAL } from './reconcile-desk.js';

let desk: ReconcileDesk;

beforeAll(async () => {
  desk = await ReconcileDesk.open({ RECONCILE_RETURN_DOUBLE_PAYMENTS: 'false' });
}, 60_000);

afterAll(async () => {
  await desk.close();
}, 60_000);

const OPEN = { state: 'OPEN', resolvedBy: null };
const RESOLVED = { state: 'RESOLVED', resolvedBy: 'reconciliation' };
const CHARGED = ['ORDER_CREATED', 'PAYMENT_STARTED', 'PAYMENT_SUCCEEDED'];

describe('reconciliation lists once, and closes when it is gone,', () => {
  test('a payment that names no order', async () => {
    const payment = await desk.capture();
    await desk.reconcile();
    await desk.reconcile();
    const orphan = { kind: 'ORPHAN_PAYMENT', payment, order: null, expected: null, found: TOTAL };
    expect(await desk.listed(payment)).toEqual([{ ...orphan, ...OPEN }]);
    await desk.outside('refunds', { paymentIntent: payment, amount: 80 });
    await desk.reconcile();
    expect(await desk.listed(payment)).toEqual([{ ...orphan, ...OPEN, found: 1_900 }]);
    await desk.outside('refunds', { paymentIntent: payment });
    await desk.reconcile();
    await desk.reconcile();
    expect(await desk.listed(payment)).toEqual([{ ...orphan, ...RESOLVED, found: 1_900 }]);
  });

  test('a payment of an order that is not stored, with its order key, and the missing order', async () => {
    const [orderId, key] = [desk.newOrderId(), 'a0'.repeat(32)];
    const payment = await desk.capture({ order_id: orderId, order_key: key });
    await desk.reconcile();
    expect(await desk.kinds(payment)).toEqual(['ORPHAN_PAYMENT OPEN']);
    const keys = 'SELECT order_key AS key FROM payment_discrepancies WHERE gateway_payment_id = $1';
    expect(await desk.steps.select(keys, [payment])).toEqual([{ key }]);
    const missing = 'SELECT named_by AS by FROM missing_orders WHERE order_id = $1';
    expect(await desk.steps.select(missing, [orderId])).toEqual([{ by: 'payment' }]);
  });

  test('a second payment of an order', async () => {
    const { orderId } = await desk.confirmed();
    const payment = await desk.capture({ order_id: orderId });
    await desk.reconcile();
    await desk.reconcile();
    const second = { kind: 'DOUBLE_PAYMENT', payment, order: orderId, expected: 0, found: TOTAL };
    expect(await desk.listed(payment)).toEqual([{ ...second, ...OPEN }]);
    expect(await desk.steps.history(orderId)).toEqual([...CHARGED, 'DISCREPANCY_FOUND']);
    await desk.outside('refunds', { paymentIntent: payment });
    await desk.reconcile();
    await desk.reconcile();
    expect(await desk.listed(payment)).toEqual([{ ...second, ...RESOLVED }]);
    expect(await desk.steps.history(orderId)).toEqual([
      ...CHARGED,
      'DISCREPANCY_FOUND',
      'DISCREPANCY_RESOLVED',
    ]);
  });

  test("an amount other than the order's, which ends with the money's return", async () => {
    const orderId = await desk.steps.placeOrder();
    await desk.steps.sandbox.addFault({ kind: 'wrong_amount', amount: 1_900, count: 1 });
    await desk.steps.chargeToEnd(orderId);
    await desk.steps.sandbox.clearFaults();
    const payment = await desk.paymentOf(orderId);
    await desk.reconcile();
    const wrong = { kind: 'AMOUNT_MISMATCH', payment, order: orderId, expected: TOTAL, found: 1_900 };
    expect(await desk.listed(orderId)).toEqual([{ ...wrong, ...OPEN }]);
    await desk.steps.cancel(orderId);
    await desk.steps.refundToEnd(orderId);
    await desk.reconcile();
    expect(await desk.listed(orderId)).toEqual([{ ...wrong, ...RESOLVED }]);
    expect(await desk.steps.history(orderId)).not.toContain('DISCREPANCY_FOUND');
  });

  test('money for an order that failed', async () => {
    const orderId = await desk.steps.placeOrder('pm_card_chargeDeclined');
    await desk.steps.chargeToEnd(orderId);
    expect(await desk.steps.status(orderId)).toBe('PAYMENT_FAILED');
    // The worker has cancelled its payment, so another one stands for a payment that was taken after all.
    const { id: payment } = await desk.stripe.paymentIntents.create({
      ...{ amount: TOTAL, currency: 'eur', payment_method: 'pm_card_visa', confirm: true },
      ...{ allowed_payment_method_types: ['card'], metadata: { order_id: orderId } },
    });
    await desk.steps.select('UPDATE payments SET payment_intent_id = $1 WHERE order_id = $2', [
      payment,
      orderId,
    ]);
    await desk.reconcile();
    expect(await desk.listed(orderId)).toEqual([
      { kind: 'AMOUNT_MISMATCH', payment, order: orderId, expected: 0, found: TOTAL, ...OPEN },
    ]);
  });

  test('money that was returned outside', async () => {
    const { orderId, paymentId: payment } = await desk.confirmed();
    await desk.outside('refunds', { paymentIntent: payment, amount: 80 });
    await desk.reconcile();
    const returned = { kind: 'REFUNDED_OUTSIDE', payment, order: orderId, expected: TOTAL, found: 1_900 };
    expect(await desk.listed(orderId)).toEqual([{ ...returned, ...OPEN }]);
    await desk.steps.cancel(orderId);
    await desk.steps.refundToEnd(orderId);
    await desk.reconcile();
    expect(await desk.listed(orderId)).toEqual([{ ...returned, ...RESOLVED }]);
    expect((await desk.steps.history(orderId)).slice(3)).toEqual([
      'DISCREPANCY_FOUND',
      'CANCELLATION_REQUESTED',
      'REFUND_SUCCEEDED',
      'ORDER_CANCELLED',
    ]);
  });

  test('a dispute, which ends when it is won', async () => {
    const { orderId, paymentId: payment } = await desk.confirmed();
    await desk.outside('disputes', { paymentIntent: payment });
    await desk.reconcile();
    await desk.reconcile();
    const disputed = { kind: 'DISPUTED', payment, order: orderId, expected: TOTAL, found: TOTAL };
    expect(await desk.listed(orderId)).toEqual([{ ...disputed, ...OPEN }]);
    await desk.outside('disputes', { paymentIntent: payment, outcome: 'won' });
    await desk.reconcile();
    await desk.reconcile();
    expect(await desk.listed(orderId)).toEqual([{ ...disputed, ...RESOLVED }]);
  });

  test('a dispute that is lost stays open, in other words', async () => {
    const { paymentId } = await desk.confirmed();
    await desk.outside('disputes', { paymentIntent: paymentId });
    await desk.reconcile();
    await desk.outside('disputes', { paymentIntent: paymentId, outcome: 'lost' });
    await desk.reconcile();
    expect(await desk.kinds(paymentId)).toEqual(['DISPUTED OPEN']);
    const detail = 'SELECT detail FROM payment_discrepancies WHERE gateway_payment_id = $1';
    expect(await desk.steps.select(detail, [paymentId])).toEqual([
      { detail: "The customer's bank has taken this payment back." },
    ]);
  });

  test('a dispute of a payment without an order, which becomes that of the order that takes it over', async () => {
    const payment = await desk.capture();
    await desk.outside('disputes', { paymentIntent: payment });
    await desk.reconcile();
    const disputed = { kind: 'DISPUTED', payment, found: TOTAL, ...OPEN };
    expect(await desk.listed(payment)).toEqual([{ ...disputed, order: null, expected: null }]);
    const orderId = await desk.steps.placeOrder();
    await desk.stripe.paymentIntents.update(payment, { metadata: { order_id: orderId } });
    await desk.reconcile();
    expect(await desk.listed(payment)).toEqual([{ ...disputed, order: orderId, expected: TOTAL }]);
  });

  test('a refund that failed after all', async () => {
    const { orderId, paymentId: payment } = await desk.confirmed();
    await desk.steps.cancel(orderId);
    await desk.steps.refundToEnd(orderId);
    const { data } = await desk.stripe.refunds.list({ payment_intent: payment });
    const [refund] = data;
    await waitFor('the time of the refund to be covered', async () => {
      await desk.reconcile();
      const covered = `SELECT FROM reconcile_progress WHERE list = 'refunds' AND covered_until >= to_timestamp($1)`;
      return (await desk.steps.select(covered, [(refund?.created ?? Infinity) + 1])).length === 1;
    });
    expect(await desk.listed(orderId)).toEqual([]);
    await desk.outside(`refunds/${refund?.id ?? ''}/fail`);
    await desk.reconcile();
    await desk.reconcile();
    const failed = { kind: 'REFUND_FAILED', payment, order: orderId, expected: 0, found: TOTAL };
    expect(await desk.listed(orderId)).toEqual([{ ...failed, ...OPEN }]);
    await desk.outside('refunds', { paymentIntent: payment });
    await desk.reconcile();
    expect(await desk.listed(orderId)).toEqual([{ ...failed, ...RESOLVED }]);
    expect(await desk.steps.status(orderId)).toBe('CANCELLED');
  });
});

describe('reconciliation', () => {
  test('does not list again what an operator has accepted, until the amount changes', async () => {
    const { paymentId } = await desk.confirmed();
    await desk.outside('refunds', { paymentIntent: paymentId, amount: 80 });
    await desk.reconcile();
    await desk.steps.select(
      `UPDATE payment_discrepancies SET state = 'RESOLVED', resolved_at = now(), resolved_by = 'olga', reason = 'a gift'
       WHERE gateway_payment_id = $1`,
      [paymentId],
    );
    await desk.reconcile();
    await desk.steps.select('INSERT INTO reconcile_hints (payment_intent_id) VALUES ($1)', [paymentId]);
    await desk.reconcile();
    expect(await desk.kinds(paymentId)).toEqual(['REFUNDED_OUTSIDE RESOLVED']);
    await desk.outside('refunds', { paymentIntent: paymentId, amount: 20 });
    await desk.reconcile();
    expect(await desk.kinds(paymentId)).toEqual(['REFUNDED_OUTSIDE RESOLVED', 'REFUNDED_OUTSIDE OPEN']);
  });

  test('leaves a payment alone for as long as the grace period', async () => {
    const payment = await desk.capture();
    await desk.reconcile(desk.sweep({ settings: { graceMs: 3_600_000 } }));
    expect(await desk.listed(payment)).toEqual([]);
    await desk.reconcile();
    expect(await desk.kinds(payment)).toEqual(['ORPHAN_PAYMENT OPEN']);
  });

  test("lists another program's payment whose amount no column can hold, with the amount in words", async () => {
    const { id } = await desk.stripe.paymentIntents.create({
      amount: 99_999_999,
      currency: 'mga',
      payment_method: 'pm_card_visa',
      allowed_payment_method_types: ['card'],
      metadata: { order_id: 'none of ours', order_key: 'none of ours' },
      confirm: true,
    });
    await desk.reconcile();
    expect(await desk.listed(id)).toMatchObject([{ kind: 'ORPHAN_PAYMENT', found: null }]);
    const rows = 'SELECT detail, order_key AS key FROM payment_discrepancies WHERE gateway_payment_id = $1';
    expect(await desk.steps.select(rows, [id])).toEqual([
      { detail: expect.stringContaining('9999999900 MGA'), key: null },
    ]);
  });
});
