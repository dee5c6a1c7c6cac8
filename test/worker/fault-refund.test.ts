import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { PaymentGateway } from '../../src/payments/payment-gateway.js';
import { OrderSteps } from '../support/order-steps.js';

class Crash extends Error {}

describe('fault 28: the return of the money', () => {
  let steps: OrderSteps;

  beforeAll(async () => {
    steps = await OrderSteps.open({ PAYMENT_TIMEOUT_MS: '500' });
  });

  afterAll(async () => {
    await steps.close();
  });

  /** A confirmed order whose cancellation was asked for. */
  async function cancelledAfterItsCharge(): Promise<string> {
    const orderId = await steps.placeOrder();
    await steps.chargeToEnd(orderId);
    await steps.cancel(orderId);
    return orderId;
  }

  async function expectReturnedOnce(orderId: string): Promise<void> {
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

  /** Where a worker can die that returns the money. */
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

  test.each(Object.keys(deaths))('is left by a worker that dies %s: one refund', async (point) => {
    const orderId = await cancelledAfterItsCharge();
    for (let death = 0; death < 3; death += 1) await deaths[point]?.().run(orderId).catch(expectCrash);
    await steps.refundToEnd(orderId);
    await expectReturnedOnce(orderId);
  });

  test.each(['charged_then_timeout', 'charged_then_reset', 'http_500', 'http_429'])(
    'meets %s, and the gateway has forgotten its keys since: one refund',
    async (kind) => {
      const orderId = await cancelledAfterItsCharge();
      await steps.sandbox.addFault({ kind, endpoint: 'refunds.create', count: 2 });
      expect(await steps.refundOrder().run(orderId)).toMatchObject({ kind: 'retry' });
      expect((await steps.sandbox.call('DELETE', 'idempotency')).status).toBe(200);
      await steps.sandbox.clearFaults();
      await steps.select('UPDATE orders SET recover_after = now() WHERE id = $1', [orderId]);
      await steps.refundToEnd(orderId);
      await expectReturnedOnce(orderId);
    },
  );

  function expectCrash(error: unknown): void {
    expect(error).toBeInstanceOf(Crash);
  }

  test('by two workers at once: one refund', async () => {
    const orderId = await cancelledAfterItsCharge();
    await Promise.all([steps.refundToEnd(orderId), steps.refundToEnd(orderId)]);
    await steps.refundToEnd(orderId);
    await expectReturnedOnce(orderId);
  });

  test('by a worker that wakes up long after another one did it: nothing more happens', async () => {
    const orderId = await cancelledAfterItsCharge();
    const zombie = refundWith({
      refund: async (id, key) => {
        await steps.refundToEnd(orderId);
        return steps.gateway.refund(id, key);
      },
    });
    await steps.refundToEnd(orderId, zombie);
    await expectReturnedOnce(orderId);
  });

  test('that somebody made by hand at the gateway is found, and not made again', async () => {
    const orderId = await cancelledAfterItsCharge();
    const [payment] = await steps.select<{ id: string }>(
      'SELECT payment_intent_id AS id FROM payments WHERE order_id = $1',
      [orderId],
    );
    await steps.gateway.refund(payment?.id ?? '', 'by-hand');
    await steps.refundToEnd(orderId);
    await expectReturnedOnce(orderId);
  });
});
