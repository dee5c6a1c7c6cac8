import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { OrderDocument } from '../support/documents.js';
import { Desk } from './desk.js';
import {
  auditOf,
  type Discrepancy,
  discrepancyWith,
  payOutside,
  paymentOf,
  resolve,
  storeDiscrepancy,
  stripeOf,
  WHY,
} from './discrepancies-support.js';

interface Found {
  readonly paymentId: string;
  readonly orderId?: string;
}

describe('resolvePaymentDiscrepancy with REFUND', () => {
  let desk: Desk;

  beforeAll(async () => {
    desk = await Desk.open();
  });

  afterAll(() => desk.close());

  const held = async (paymentId: string): Promise<number> => {
    const booked = await desk.steps.gateway.retrievePaymentIntent(paymentId);
    if (booked.status !== 'succeeded') return 0;
    const back = await desk.steps.gateway.retrieveRefundStatus(paymentId, booked.received);
    return back === 'succeeded' ? 0 : booked.received.amount;
  };

  /** A payment of another program in the name of an order. */
  const beside = async (order: () => Promise<string>): Promise<Found> => {
    const orderId = await order();
    return { orderId, paymentId: await payOutside(desk.steps, orderId) };
  };

  /** The payment of an order itself. */
  const own = async (order: () => Promise<string>): Promise<Found> => {
    const orderId = await order();
    return { orderId, paymentId: await paymentOf(desk.steps, orderId) };
  };

  /** A cancelled order whose refund has failed at the customer's bank. */
  async function refundFailed(): Promise<Found> {
    const found = await own(() => desk.cancelled());
    const { data } = await stripeOf(desk.steps).refunds.list({ payment_intent: found.paymentId });
    await desk.steps.sandbox.call('POST', `refunds/${data[0]?.id ?? ''}/fail`);
    return found;
  }

  const orphan = async (): Promise<Found> => ({ paymentId: await payOutside(desk.steps, randomUUID()) });

  test.each<[Discrepancy['kind'], string, () => Promise<Found>]>([
    ['ORPHAN_PAYMENT', 'of no order', orphan],
    ['DOUBLE_PAYMENT', 'of a CONFIRMED order', () => beside(() => desk.confirmed())],
    ['DOUBLE_PAYMENT', 'of a CANCELLED order', () => beside(() => desk.cancelled())],
    ['DOUBLE_PAYMENT', 'of an order that is being charged', () => beside(() => desk.processing())],
    ['REFUND_FAILED', 'of a CANCELLED order', refundFailed],
    ['AMOUNT_MISMATCH', 'of an order whose payment has failed', () => beside(() => desk.failed())],
    ['AMOUNT_MISMATCH', 'of a CANCELLED order', () => beside(() => desk.cancelled())],
  ])('returns the money of a %s %s, and closes it', async (kind, _, prepare) => {
    const found = await prepare();
    const id = await storeDiscrepancy(desk.steps, { kind, ...found });
    expect(await held(found.paymentId)).toBeGreaterThan(0);
    const before = await discrepancyWith(desk.olga, id);
    const answer = await resolve(desk.olga, id, 'REFUND');
    const after = {
      ...before,
      ...{ state: 'RESOLVED', resolvedBy: 'olga', reason: WHY, resolvedAt: expect.any(String) as unknown },
      order: found.orderId === undefined ? null : expect.objectContaining({ id: found.orderId }),
    };
    expect(answer).toEqual({ __typename: 'PaymentDiscrepancySuccess', discrepancy: after });
    expect(await held(found.paymentId)).toBe(0);
    const detail = `REFUND was decided for the ${kind} of payment ${found.paymentId}.`;
    const entry = { actor: 'olga', action: 'resolvePaymentDiscrepancy', reason: WHY, detail };
    expect(await auditOf(desk.steps, id)).toEqual([entry]);
  });

  test('keeps the money that a CONFIRMED order counts on, and its history tells that all is settled', async () => {
    const { orderId = '', paymentId } = await beside(() => desk.confirmed());
    const id = await storeDiscrepancy(desk.steps, { kind: 'DOUBLE_PAYMENT', orderId, paymentId });
    await resolve(desk.olga, id, 'REFUND');
    expect(await held(await paymentOf(desk.steps, orderId))).toBe(1_980);
    const { order } = await desk.alice.data(OrderDocument, { id: orderId });
    expect(order).toMatchObject({ status: 'CONFIRMED', version: 4 });
    expect(order?.events.at(-1)).toMatchObject({
      type: 'DISCREPANCY_RESOLVED',
      detail: 'The payment of this order was checked, and what was unclear is settled.',
    });
  });

  const cancel = (status: string) => (orderId: string) =>
    `Order ${orderId} is ${status} and counts on this payment. Cancel the order to return its money.`;
  const OUTSIDE = () =>
    'No money is held that could be returned: it went back outside this system. ACCEPT closes this, and cancelling the order returns what is left.';
  const DISPUTED = () =>
    "No money is held that could be returned: the customer's bank decides on it. ACCEPT closes this.";
  const NOTHING = () => 'No money is held for this payment any more. ACCEPT closes this.';

  test.each<[Discrepancy['kind'], string, () => Promise<Found>, (orderId: string) => string]>([
    ['AMOUNT_MISMATCH', 'PENDING', () => beside(() => desk.pending()), cancel('PENDING')],
    [
      'AMOUNT_MISMATCH',
      'PAYMENT_PROCESSING',
      () => beside(() => desk.processing()),
      cancel('PAYMENT_PROCESSING'),
    ],
    ['AMOUNT_MISMATCH', 'CONFIRMED', () => beside(() => desk.confirmed()), cancel('CONFIRMED')],
    [
      'AMOUNT_MISMATCH',
      'CANCELLING',
      () => beside(() => desk.cancelling()),
      (orderId) => `Order ${orderId} is CANCELLING, which returns its money.`,
    ],
    [
      'DOUBLE_PAYMENT',
      'CONFIRMED, and whose own payment it is',
      () => own(() => desk.confirmed()),
      cancel('CONFIRMED'),
    ],
    ['REFUNDED_OUTSIDE', 'CONFIRMED', () => own(() => desk.confirmed()), OUTSIDE],
    ['DISPUTED', 'CONFIRMED', () => own(() => desk.confirmed()), DISPUTED],
    ['REFUND_FAILED', 'CANCELLED, with nothing held', () => own(() => desk.cancelled()), NOTHING],
  ])('is refused for a %s of an order that is %s, and changes nothing', async (kind, _, prepare, message) => {
    const found = await prepare();
    const id = await storeDiscrepancy(desk.steps, { kind, ...found });
    const orderId = found.orderId ?? '';
    const before = [
      await discrepancyWith(desk.olga, id),
      await desk.stored(orderId),
      await held(found.paymentId),
    ];
    expect(await resolve(desk.olga, id, 'REFUND')).toEqual({
      __typename: 'PaymentDiscrepancyNotRefundable',
      code: 'PAYMENT_DISCREPANCY_NOT_REFUNDABLE',
      message: message(orderId),
    });
    expect([
      ...[await discrepancyWith(desk.olga, id), await desk.stored(orderId), await held(found.paymentId)],
    ]).toEqual(before);
    expect(await auditOf(desk.steps, id)).toEqual([]);
    expect(await resolve(desk.olga, id, 'ACCEPT')).toMatchObject({ __typename: 'PaymentDiscrepancySuccess' });
  });

  test('is refused where the gateway refuses for good, and the discrepancy is undecided again', async () => {
    const { paymentId } = await orphan();
    await desk.steps.sandbox.call('POST', 'disputes', { paymentIntent: paymentId });
    const id = await storeDiscrepancy(desk.steps, { kind: 'ORPHAN_PAYMENT', paymentId });
    const answer = await resolve(desk.olga, id, 'REFUND');
    expect(answer).toEqual({
      __typename: 'PaymentDiscrepancyNotRefundable',
      code: 'PAYMENT_DISCREPANCY_NOT_REFUNDABLE',
      message: expect.stringMatching(
        /^The payment gateway refuses the refund for good \(charge_disputed: .+\)\. Return the money by another way, and close this with ACCEPT\.$/,
      ) as unknown,
    });
    expect(await discrepancyWith(desk.olga, id)).toMatchObject({ state: 'OPEN' });
    expect(await resolve(desk.olga, id, 'ACCEPT')).toMatchObject({ __typename: 'PaymentDiscrepancySuccess' });
  });

  test.each(['REFUND', 'ACCEPT'] as const)(
    'repeated as %s, answers PaymentDiscrepancyNotOpen',
    async (action) => {
      const { paymentId } = await orphan();
      const id = await storeDiscrepancy(desk.steps, { kind: 'ORPHAN_PAYMENT', paymentId });
      await resolve(desk.olga, id, 'REFUND');
      const before = [await discrepancyWith(desk.olga, id), await auditOf(desk.steps, id)];
      expect(await resolve(desk.olga, id, action)).toEqual({
        __typename: 'PaymentDiscrepancyNotOpen',
        code: 'PAYMENT_DISCREPANCY_NOT_OPEN',
        message: 'The payment discrepancy is RESOLVED already.',
      });
      expect([await discrepancyWith(desk.olga, id), await auditOf(desk.steps, id)]).toEqual(before);
    },
  );
});
