import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { PayOrder } from '../../src/orders/pay-again/pay-order.js';
import type { Confirmation } from '../../src/payments/payment-gateway.js';
import { adoptPayment, finishedRefunds } from '../../src/payments/payment-intents.js';
import { OrderSteps } from '../support/order-steps.js';

const OTHER = 'pi_other';

/** A database that has gone back can have the same version of an order with another payment. */
describe('an order whose stored payment has changed while a worker was asking the gateway', () => {
  let steps: OrderSteps;

  beforeAll(async () => {
    steps = await OrderSteps.open();
  });

  afterAll(() => steps.close());

  beforeEach(() => steps.sandbox.clearFaults());

  /** The real gateway; after its answer the order has another payment, with the same version. */
  function gatewayBeforeChange(method: 'confirmPaymentIntent' | 'cancelPaymentIntent', orderId: string) {
    return steps.gatewayWith({
      [method]: async (...args: [string, Confirmation]) => {
        const answer = await steps.gateway[method](...args);
        await steps.select('UPDATE payments SET payment_intent_id = $2 WHERE order_id = $1', [
          orderId,
          `${OTHER}_${orderId}`,
        ]);
        return answer;
      },
    });
  }

  async function payAgain(orderId: string): Promise<void> {
    await steps.app.get(PayOrder).run({
      ...{ orderId, idempotencyKey: randomUUID(), customerId: randomUUID(), paymentMethod: 'pm_card_visa' },
      ...{ visibleTo: 'all', actor: 'customer' },
    });
  }

  test('is not failed by the decline of the one before', async () => {
    const id = await steps.placeOrder('pm_card_chargeDeclined');
    await steps.chargeOrder({ gateway: gatewayBeforeChange('cancelPaymentIntent', id) }).run(id);
    expect(await steps.status(id)).toBe('PAYMENT_PROCESSING');
  });

  test('does not wait for the customer of the one before', async () => {
    const id = await steps.placeOrder('pm_card_threeDSecure2Required');
    await steps.chargeOrder({ gateway: gatewayBeforeChange('confirmPaymentIntent', id) }).run(id);
    expect(await steps.status(id)).toBe('PAYMENT_PROCESSING');
  });

  test('is not cancelled with nothing owed, where it had none when the refund began', async () => {
    const id = await steps.placeOrder('pm_card_chargeDeclined');
    await steps.chargeToEnd(id);
    await payAgain(id);
    const dying = steps.gatewayWith({
      cancelPaymentIntent: async () => {
        throw new Error('the worker dies here');
      },
    });
    await expect(steps.chargeOrder({ gateway: dying }).run(id)).rejects.toThrow('the worker dies here');
    await steps.cancel(id);
    await steps.refundOrder({ gateway: gatewayBeforeChange('cancelPaymentIntent', id) }).run(id);
    expect(await steps.status(id)).toBe('CANCELLING');
  });

  test('adopts none while it is PENDING, since its cancellation would not return the money', async () => {
    const orderId = await steps.placeOrder();
    const adopted = { orderId, paymentIntentId: `${OTHER}_${orderId}`, finishedRefundIds: [] };
    expect(await adoptPayment(steps.database, adopted)).toBeUndefined();
    const from = { status: 'PENDING', version: 1 } as const;
    await steps.transitions.apply({ orderId, type: 'PAYMENT_STARTED', from, actor: 'worker' });
    expect(await adoptPayment(steps.database, adopted)).toBe(adopted.paymentIntentId);
  });

  test.each<[string, string, boolean]>([
    ['an operator is about to return', 'OPEN', false],
    ['an operator has returned since it was read', 'RESOLVED', false],
    ['an operator had returned, and the bank has sent back, when it was read', 'RESOLVED', true],
  ])('adopts money only after the bank has sent it back: that %s', async (_, state, isKnown) => {
    const orderId = await steps.placeOrder();
    const from = { status: 'PENDING', version: 1 } as const;
    await steps.transitions.apply({ orderId, type: 'PAYMENT_STARTED', from, actor: 'worker' });
    const paymentIntentId = `${OTHER}_${orderId}`;
    const [listed] = await steps.select<{ id: string }>(
      `INSERT INTO payment_discrepancies (kind, state, gateway_payment_id, detail, refund_by)
       VALUES ('ORPHAN_PAYMENT', $1, $2, 'Listed.', 'olga') RETURNING id::text AS id`,
      [state, paymentIntentId],
    );
    const finished = await finishedRefunds(steps.database, [paymentIntentId]);
    expect(finished).toEqual(state === 'RESOLVED' ? [listed?.id] : []);
    const finishedRefundIds = isKnown ? finished : [];
    expect(await adoptPayment(steps.database, { orderId, paymentIntentId, finishedRefundIds })).toBe(
      isKnown ? paymentIntentId : 'being-returned',
    );
  });
});
