import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { BookedPayment } from '../../src/payments/gateway-books.js';
import { AttachPayments } from '../../src/payments/reconcile/attach-payments.js';
import { knownOrders } from '../../src/payments/reconcile/known-orders.js';
import { ReconcileDesk } from './reconcile-desk.js';

describe('a payment that was found at the gateway for an order that has none', () => {
  let desk: ReconcileDesk;

  beforeAll(async () => {
    desk = await ReconcileDesk.open();
  });

  afterAll(async () => {
    await desk.close();
  });

  /** The order moves on between the comparison and the attachment. @returns the payment's id */
  async function attachAfter(
    orderId: string,
    move: (paymentId: string) => Promise<unknown>,
  ): Promise<string> {
    const paymentId = await desk.capture({ order_id: orderId });
    const payment = (await desk.books.retrieve(paymentId)) as BookedPayment;
    const orders = await knownOrders(desk.steps.database, [payment]);
    await move(paymentId);
    await new AttachPayments(desk.steps.database, desk.steps.transitions).run([payment], orders);
    return paymentId;
  }

  async function attached(orderId: string): Promise<unknown[]> {
    return desk.steps.select('SELECT payment_intent_id AS id FROM payments WHERE order_id = $1', [orderId]);
  }

  test('is attached, even if a worker begins to charge the order meanwhile', async () => {
    const orderId = await desk.steps.placeOrder();
    const id = await attachAfter(orderId, async () => {
      await desk.steps.sandbox.addFault({ kind: 'http_500', count: 1 });
      await desk.steps.chargeOrder().run(orderId);
    });
    expect(await attached(orderId)).toEqual([{ id }]);
    await desk.steps.chargeToEnd(orderId);
    expect(await desk.steps.status(orderId)).toBe('CONFIRMED');
    expect(await desk.steps.captures(orderId)).toBe(1);
  });

  test('is not attached if the order is cancelled meanwhile', async () => {
    const orderId = await desk.steps.placeOrder();
    await attachAfter(orderId, () => desk.steps.cancel(orderId));
    expect(await attached(orderId)).toEqual([]);
    expect(await desk.steps.status(orderId)).toBe('CANCELLED');
  });

  test('is not attached if it was decided to return the money', async () => {
    const orderId = await desk.steps.placeOrder();
    await desk.steps.sandbox.addFault({ kind: 'http_500', count: 1 });
    await desk.steps.chargeOrder().run(orderId);
    await attachAfter(orderId, (paymentId) =>
      desk.steps.select(
        `INSERT INTO payment_discrepancies (kind, gateway_payment_id, detail, refund_by)
         VALUES ('ORPHAN_PAYMENT', $1, 'It has no order.', 'olivia')`,
        [paymentId],
      ),
    );
    expect(await attached(orderId)).toEqual([{ id: null }]);
  });
});
