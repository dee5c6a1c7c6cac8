import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { PaymentGateway } from '../../src/payments/payment-gateway.js';
import { OrderSteps } from '../support/order-steps.js';

describe('fault 28: cancel races the charge', () => {
  let steps: OrderSteps;

  beforeAll(async () => {
    steps = await OrderSteps.open({ PAYMENT_TIMEOUT_MS: '500' });
  });

  afterAll(async () => {
    await steps.close();
  });

  /** At rest: nothing is owed either way, whatever the gateway did in between. */
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

  async function cancelled(orderId: string): Promise<void> {
    expect((await steps.cancel(orderId)).kind).toBe('accepted');
  }

  function chargeWith(overrides: Partial<PaymentGateway>) {
    return steps.chargeOrder({ gateway: steps.gatewayWith(overrides) });
  }

  test('before the charge: CANCELLED at once, and the job that comes later charges nothing', async () => {
    const orderId = await steps.placeOrder();
    await cancelled(orderId);
    await expectCancelled(orderId, { captures: 0 });
    await steps.chargeToEnd(orderId);
    await expectCancelled(orderId, { captures: 0 });
    expect(await steps.history(orderId)).toEqual(['ORDER_CREATED', 'ORDER_CANCELLED']);
  });

  test('after the charge: the money is returned', async () => {
    const orderId = await steps.placeOrder();
    await steps.chargeToEnd(orderId);
    await cancelled(orderId);
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

  /** Moments in the middle of a charge; what is done there happens while the worker waits. */
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

  test.each(Object.keys(moments))('%s, and the return runs to its end meanwhile', async (moment) => {
    const { captures, charge } = moments[moment] ?? {};
    const orderId = await steps.placeOrder();
    await charge?.(async () => {
      await cancelled(orderId);
      await steps.refundToEnd(orderId);
    })(orderId);
    await expectCancelled(orderId, { captures: captures ?? -1 });
  });

  test.each(Object.keys(moments))('%s, and the return begins after the charge has ended', async (moment) => {
    const { charge } = moments[moment] ?? {};
    const orderId = await steps.placeOrder();
    await charge?.(() => cancelled(orderId))(orderId);
    expect(await steps.status(orderId)).toBe('CANCELLING');
    await steps.refundToEnd(orderId);
    const captures = await steps.captures(orderId);
    expect(captures).toBeLessThanOrEqual(1);
    await expectCancelled(orderId, { captures });
  });

  test.each([
    ['charged_then_timeout', 1],
    ['http_500', 0],
  ])('while the outcome is unknown (%s): the truth decides what is returned', async (kind, captures) => {
    const orderId = await steps.placeOrder();
    await steps.sandbox.addFault({ kind, endpoint: 'payment_intents.confirm', count: 1 });
    expect(await steps.chargeOrder().run(orderId)).toMatchObject({ kind: 'retry' });
    await cancelled(orderId);
    await steps.refundToEnd(orderId);
    await expectCancelled(orderId, { captures });
    await steps.chargeToEnd(orderId);
    await expectCancelled(orderId, { captures });
  });

  test('twice, and twice at once: one cancellation', async () => {
    const orderId = await steps.placeOrder();
    await steps.chargeToEnd(orderId);
    await Promise.all(Array.from({ length: 5 }, () => cancelled(orderId)));
    await Promise.all([steps.refundToEnd(orderId), steps.refundToEnd(orderId)]);
    await cancelled(orderId);
    await steps.refundToEnd(orderId);
    await expectCancelled(orderId, { captures: 1 });
    const requests = (await steps.history(orderId)).filter((type) => type === 'CANCELLATION_REQUESTED');
    expect(requests).toHaveLength(1);
  });

  test('a declined payment is final: there is nothing to cancel', async () => {
    const orderId = await steps.placeOrder('pm_card_chargeDeclined');
    await steps.chargeToEnd(orderId);
    expect(await steps.cancel(orderId)).toEqual({ kind: 'not-cancellable', status: 'PAYMENT_FAILED' });
  });

  test('a decline comes while the order is being cancelled: CANCELLED, nothing to return', async () => {
    const orderId = await steps.placeOrder('pm_card_chargeDeclined');
    await steps.chargeToEnd(
      orderId,
      chargeWith({
        confirmPaymentIntent: async (id, key) => {
          const intent = await steps.gateway.confirmPaymentIntent(id, key);
          await cancelled(orderId);
          return intent;
        },
      }),
    );
    await steps.refundToEnd(orderId);
    await expectCancelled(orderId, { captures: 0 });
  });
});
