import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { PaymentGateway } from '../../src/payments/payment-gateway.js';
import { OrderSteps } from '../support/order-steps.js';

describe('fault 28: a cancellation', () => {
  let steps: OrderSteps;

  beforeAll(async () => {
    steps = await OrderSteps.open({ PAYMENT_TIMEOUT_MS: '500' });
  });

  afterAll(async () => {
    await steps.close();
  });

  /** Expects an order at rest for which no money is held. */
  async function expectCancelled(orderId: string, money: { captures: number }): Promise<void> {
    expect(await steps.status(orderId)).toBe('CANCELLED');
    const { captures } = money;
    const ledger = await steps.sandbox.order(orderId);
    expect({ captures: ledger?.captures ?? 0, refunds: ledger?.refunds ?? 0 }).toEqual({
      captures,
      refunds: captures,
    });
    expect(ledger?.captured ?? 0).toBe(ledger?.refunded ?? 0);
    const history = await steps.history(orderId);
    expect(history.at(-1)).toBe('ORDER_CANCELLED');
    expect(history.filter((type) => type === 'REFUND_SUCCEEDED')).toHaveLength(captures);
  }

  async function cancel(orderId: string): Promise<void> {
    expect((await steps.cancel(orderId)).kind).toBe('accepted');
  }

  function chargeWith(overrides: Partial<PaymentGateway>) {
    return steps.chargeOrder({ gateway: steps.gatewayWith(overrides) });
  }

  test('before the charge is immediate, and the job charges nothing later', async () => {
    const orderId = await steps.placeOrder();
    await cancel(orderId);
    await expectCancelled(orderId, { captures: 0 });
    await steps.chargeToEnd(orderId);
    await expectCancelled(orderId, { captures: 0 });
    expect(await steps.history(orderId)).toEqual(['ORDER_CREATED', 'ORDER_CANCELLED']);
  });

  test('after the charge refunds the money', async () => {
    const orderId = await steps.placeOrder();
    await steps.chargeToEnd(orderId);
    await cancel(orderId);
    expect(await steps.status(orderId)).toBe('CANCELLING');
    await steps.refundToEnd(orderId);
    await expectCancelled(orderId, { captures: 1 });
    expect(await steps.history(orderId)).toEqual([
      'ORDER_CREATED',
      'PAYMENT_STARTED',
      'PAYMENT_SUCCEEDED',
      'CANCELLATION_REQUESTED',
      'REFUND_SUCCEEDED',
      'ORDER_CANCELLED',
    ]);
  });

  /** Moments in a charge at which the worker waits for `then`. */
  const moments: Readonly<
    Record<
      string,
      {
        captures: number;
        charge: (then: (orderId: string) => Promise<void>) => (orderId: string) => Promise<void>;
      }
    >
  > = {
    'before the PaymentIntent is created': {
      captures: 0,
      charge: (then) => (orderId) =>
        steps.chargeToEnd(
          orderId,
          chargeWith({
            createPaymentIntent: async (input) => {
              await then(orderId);
              return steps.gateway.createPaymentIntent(input);
            },
          }),
        ),
    },
    'after it is created, before its id is stored': {
      captures: 0,
      charge: (then) => (orderId) =>
        steps.chargeToEnd(
          orderId,
          chargeWith({
            createPaymentIntent: async (input) => {
              const intent = await steps.gateway.createPaymentIntent(input);
              await then(orderId);
              return intent;
            },
          }),
        ),
    },
    'before it is confirmed': {
      captures: 0,
      charge: (then) => (orderId) =>
        steps.chargeToEnd(
          orderId,
          chargeWith({
            confirmPaymentIntent: async (id, key) => {
              await then(orderId);
              return steps.gateway.confirmPaymentIntent(id, key);
            },
          }),
        ),
    },
    'after it is confirmed, before the outcome is stored': {
      captures: 1,
      charge: (then) => (orderId) =>
        steps.chargeToEnd(
          orderId,
          chargeWith({
            confirmPaymentIntent: async (id, key) => {
              const intent = await steps.gateway.confirmPaymentIntent(id, key);
              await then(orderId);
              return intent;
            },
          }),
        ),
    },
  };

  test.each(Object.keys(moments))(
    '%s, with the refund done meanwhile, leaves no money held',
    async (moment) => {
      const { captures, charge } = moments[moment] ?? {};
      const orderId = await steps.placeOrder();
      await charge?.(async () => {
        await cancel(orderId);
        await steps.refundToEnd(orderId);
      })(orderId);
      await expectCancelled(orderId, { captures: captures ?? -1 });
    },
  );

  test.each(Object.keys(moments))(
    '%s, with the refund done after the charge, leaves no money held',
    async (moment) => {
      const { charge } = moments[moment] ?? {};
      const orderId = await steps.placeOrder();
      await charge?.(() => cancel(orderId))(orderId);
      expect(await steps.status(orderId)).toBe('CANCELLING');
      await steps.refundToEnd(orderId);
      const captures = await steps.captures(orderId);
      expect(captures).toBeLessThanOrEqual(1);
      await expectCancelled(orderId, { captures });
    },
  );

  test.each([
    ['charged_then_timeout', 1],
    ['http_500', 0],
  ])(
    'with an unknown outcome of the charge (%s) refunds exactly what was captured',
    async (kind, captures) => {
      const orderId = await steps.placeOrder();
      await steps.sandbox.addFault({ kind, endpoint: 'payment_intents.confirm', count: 1 });
      expect(await steps.chargeOrder().run(orderId)).toMatchObject({ kind: 'retry' });
      await cancel(orderId);
      await steps.refundToEnd(orderId);
      await expectCancelled(orderId, { captures });
      await steps.chargeToEnd(orderId);
      await expectCancelled(orderId, { captures });
    },
  );

  test('repeated one after another and concurrently has one effect', async () => {
    const orderId = await steps.placeOrder();
    await steps.chargeToEnd(orderId);
    await Promise.all(Array.from({ length: 5 }, () => cancel(orderId)));
    await Promise.all([steps.refundToEnd(orderId), steps.refundToEnd(orderId)]);
    await cancel(orderId);
    await steps.refundToEnd(orderId);
    await expectCancelled(orderId, { captures: 1 });
    const requests = (await steps.history(orderId)).filter((type) => type === 'CANCELLATION_REQUESTED');
    expect(requests).toHaveLength(1);
  });

  test('after a decline is refused', async () => {
    const orderId = await steps.placeOrder('pm_card_chargeDeclined');
    await steps.chargeToEnd(orderId);
    expect(await steps.cancel(orderId)).toEqual({ kind: 'not-cancellable', status: 'PAYMENT_FAILED' });
  });

  test('during a decline ends in CANCELLED without a refund', async () => {
    const orderId = await steps.placeOrder('pm_card_chargeDeclined');
    await steps.chargeToEnd(
      orderId,
      chargeWith({
        confirmPaymentIntent: async (id, key) => {
          const intent = await steps.gateway.confirmPaymentIntent(id, key);
          await cancel(orderId);
          return intent;
        },
      }),
    );
    await steps.refundToEnd(orderId);
    await expectCancelled(orderId, { captures: 0 });
  });
});
