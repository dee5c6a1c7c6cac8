import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { PaymentGateway } from '../../src/payments/payment-gateway.js';
import { OrderSteps } from '../support/order-steps.js';

class Crash extends Error {}

describe('fault 28: a refund', () => {
  let steps: OrderSteps;

  beforeAll(async () => {
    steps = await OrderSteps.open({ PAYMENT_TIMEOUT_MS: '500' });
  });

  afterAll(async () => {
    await steps.close();
  });

  /** A charged order that is being cancelled. */
  async function cancelledAfterItsCharge(): Promise<string> {
    const orderId = await steps.placeOrder();
    await steps.chargeToEnd(orderId);
    await steps.cancel(orderId);
    return orderId;
  }

  async function expectRefundedOnce(orderId: string): Promise<void> {
    expect(await steps.status(orderId)).toBe('CANCELLED');
    expect(await steps.sandbox.order(orderId)).toMatchObject({
      captured: 1_980,
      refunded: 1_980,
      refunds: 1,
    });
    const history = await steps.history(orderId);
    expect(history.filter((type) => type === 'REFUND_SUCCEEDED')).toHaveLength(1);
  }

  function refundWith(overrides: Partial<PaymentGateway>) {
    return steps.refundOrder({ gateway: steps.gatewayWith(overrides) });
  }

  /** Points at which a worker dies in a refund. */
  const deaths: Readonly<Record<string, () => ReturnType<typeof refundWith>>> = {
    'before it asks the gateway': () =>
      refundWith({
        cancelPaymentIntent: async () => {
          throw new Crash();
        },
      }),
    'before the refund': () =>
      refundWith({
        refund: async () => {
          throw new Crash();
        },
      }),
    'after the refund, before the outcome is stored': () =>
      refundWith({
        refund: async (id, key) => {
          await steps.gateway.refund(id, key);
          throw new Crash();
        },
      }),
  };

  test.each(Object.keys(deaths))('whose worker dies %s is made once', async (point) => {
    const orderId = await cancelledAfterItsCharge();
    for (let death = 0; death < 3; death += 1) await deaths[point]?.().run(orderId).catch(expectCrash);
    await steps.refundToEnd(orderId);
    await expectRefundedOnce(orderId);
  });

  test.each(['charged_then_timeout', 'charged_then_reset', 'http_500', 'http_429'])(
    'that meets %s at a gateway which then forgets its idempotency keys is made once',
    async (kind) => {
      const orderId = await cancelledAfterItsCharge();
      await steps.sandbox.addFault({ kind, endpoint: 'refunds.create', count: 2 });
      expect(await steps.refundOrder().run(orderId)).toMatchObject({ kind: 'retry' });
      expect((await steps.sandbox.call('DELETE', 'idempotency')).status).toBe(200);
      await steps.sandbox.clearFaults();
      await steps.select('UPDATE orders SET recover_after = now() WHERE id = $1', [orderId]);
      await steps.refundToEnd(orderId);
      await expectRefundedOnce(orderId);
    },
  );

  function expectCrash(error: unknown): void {
    expect(error).toBeInstanceOf(Crash);
  }

  test('by two workers at once is made once', async () => {
    const orderId = await cancelledAfterItsCharge();
    await Promise.all([steps.refundToEnd(orderId), steps.refundToEnd(orderId)]);
    await steps.refundToEnd(orderId);
    await expectRefundedOnce(orderId);
  });

  test('by a worker that resumes after another one made it is made once', async () => {
    const orderId = await cancelledAfterItsCharge();
    const paused = refundWith({
      refund: async (id, key) => {
        await steps.refundToEnd(orderId);
        return steps.gateway.refund(id, key);
      },
    });
    await steps.refundToEnd(orderId, paused);
    await expectRefundedOnce(orderId);
  });

  test('that was made by hand at the gateway is recognized and not repeated', async () => {
    const orderId = await cancelledAfterItsCharge();
    const [payment] = await steps.select<{ id: string }>(
      'SELECT payment_intent_id AS id FROM payments WHERE order_id = $1',
      [orderId],
    );
    await steps.gateway.refund(payment?.id ?? '', 'by-hand');
    await steps.refundToEnd(orderId);
    await expectRefundedOnce(orderId);
  });
});
