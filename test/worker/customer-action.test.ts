import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { CompletePaymentAction } from '../../src/payments/complete-payment-action.js';
import { WebhookEvents } from '../../src/payments/stripe/webhook-events.js';
import { OrderQueries } from '../../src/orders/order-queries.js';
import { RelayWakeUp } from '../../src/outbox/relay-wake-up.js';
import type { ChargeOrder } from '../../src/payments/charge-order.js';
import type { Confirmation } from '../../src/payments/payment-gateway.js';
import { OrderSteps } from '../support/order-steps.js';

const NEEDS_CUSTOMER = 'pm_card_threeDSecure2Required';

describe('fault 45: a payment that needs the customer', () => {
  let steps: OrderSteps;

  beforeAll(async () => {
    steps = await OrderSteps.open();
  });

  afterAll(() => steps.close());

  beforeEach(() => steps.sandbox.clearFaults());

  async function waitingOrder(): Promise<string> {
    const id = await steps.placeOrder(NEEDS_CUSTOMER);
    await steps.chargeToEnd(id);
    expect(await steps.status(id)).toBe('REQUIRES_ACTION');
    return id;
  }

  async function payment(id: string) {
    const [row] = await steps.select<{ id: string; secret: string | null; remainingMs: number }>(
      `SELECT payment_intent_id AS id, action_client_secret AS secret,
         extract(epoch FROM action_expires_at - now())::float8 * 1000 AS "remainingMs"
       FROM payments WHERE order_id = $1`,
      [id],
    );
    if (row === undefined) throw new Error('the order has no payment');
    return row;
  }

  async function authenticate(id: string, outcome: 'succeeded' | 'failed'): Promise<number> {
    const paymentIntent = (await payment(id)).id;
    return (await steps.sandbox.call('POST', 'authenticate', { paymentIntent, outcome })).status;
  }

  function completion(): CompletePaymentAction {
    const queries = steps.app.get(OrderQueries, { strict: false });
    return new CompletePaymentAction(steps.database, queries, steps.app.get(RelayWakeUp, { strict: false }));
  }

  /** As completePaymentAction, and the job that it queues. */
  async function comeBack(id: string, charge: ChargeOrder = steps.chargeOrder()): Promise<void> {
    await completion().run(id, 'all');
    await steps.chargeToEnd(id, charge);
  }

  async function expire(id: string): Promise<void> {
    await steps.select(
      `UPDATE payments SET action_expires_at = now() - interval '1 second' WHERE order_id = $1`,
      [id],
    );
    await steps.select('UPDATE orders SET recover_after = now() WHERE id = $1', [id]);
  }

  test('waits for the customer with the secret and the time limit, and without a job', async () => {
    const id = await waitingOrder();
    const { secret, remainingMs, id: paymentId } = await payment(id);
    expect(secret).toMatch(new RegExp(`^${paymentId}_secret_`));
    expect(remainingMs).toBeGreaterThan(0);
    expect(remainingMs).toBeLessThanOrEqual(1_800_000);
    expect(await steps.history(id)).toEqual(['ORDER_CREATED', 'PAYMENT_STARTED', 'PAYMENT_ACTION_REQUIRED']);
    expect(await steps.chargeOrder().run(id)).toEqual({ kind: 'done' });
    expect(await steps.captures(id)).toBe(0);
  });

  test('is confirmed once the customer has authenticated it and comes back', async () => {
    const id = await waitingOrder();
    await authenticate(id, 'succeeded');
    await comeBack(id);
    expect(await steps.status(id)).toBe('CONFIRMED');
    expect(await steps.captures(id)).toBe(1);
  });

  test('is confirmed by the webhook alone, where the customer does not come back', async () => {
    const id = await waitingOrder();
    await authenticate(id, 'succeeded');
    const total = { amount: 1_980, currency: 'EUR' };
    const event = {
      id: `evt_${id}`,
      type: 'payment_intent.succeeded',
      paymentIntentId: (await payment(id)).id,
      payment: { total, received: total },
    };
    const wakeUp = steps.app.get(RelayWakeUp, { strict: false });
    await new WebhookEvents(steps.database, steps.transitions, wakeUp).receive(event);
    expect(await steps.status(id)).toBe('CONFIRMED');
    expect(await steps.captures(id)).toBe(1);
  });

  test('believes nothing of a client that says it is done', async () => {
    const id = await waitingOrder();
    for (let time = 0; time < 3; time += 1) await comeBack(id);
    expect(await steps.status(id)).toBe('REQUIRES_ACTION');
    expect(await steps.history(id)).toHaveLength(3);
  });

  test('fails where the customer fails to authenticate, and can never succeed afterwards', async () => {
    const id = await waitingOrder();
    await authenticate(id, 'failed');
    await comeBack(id);
    expect(await steps.status(id)).toBe('PAYMENT_FAILED');
    const [order] = await steps.app.get(OrderQueries, { strict: false }).byIds([id], 'all');
    expect(order?.failure?.code).toBe('payment_intent_authentication_failure');
    expect(await steps.gateway.retrievePaymentIntent((await payment(id)).id)).toMatchObject({
      status: 'cancelled',
    });
  });

  test('takes the first outcome of two tabs', async () => {
    const id = await waitingOrder();
    await authenticate(id, 'succeeded');
    await authenticate(id, 'failed');
    await comeBack(id);
    await comeBack(id);
    expect(await steps.status(id)).toBe('CONFIRMED');
    expect(await steps.captures(id)).toBe(1);
  });

  test('is cancelled at the gateway when the time is up, and a customer who comes late pays nothing', async () => {
    const id = await waitingOrder();
    await expire(id);
    await steps.chargeToEnd(id);
    expect(await steps.status(id)).toBe('PAYMENT_FAILED');
    await authenticate(id, 'succeeded');
    await comeBack(id);
    expect(await steps.status(id)).toBe('PAYMENT_FAILED');
    expect(await steps.captures(id)).toBe(0);
  });

  test('is confirmed where it was authenticated in the last moment', async () => {
    const id = await waitingOrder();
    await authenticate(id, 'succeeded');
    await expire(id);
    await steps.chargeToEnd(id);
    expect(await steps.status(id)).toBe('CONFIRMED');
    expect(await steps.captures(id)).toBe(1);
  });

  test.each(['succeeded', 'failed', 'nothing'] as const)(
    'that is cancelled meanwhile ends in CANCELLED with nothing owed, whatever the customer did: %s',
    async (outcome) => {
      const id = await waitingOrder();
      if (outcome !== 'nothing') await authenticate(id, outcome);
      await steps.cancel(id);
      await steps.refundToEnd(id);
      expect(await steps.status(id)).toBe('CANCELLED');
      const ledger = await steps.sandbox.order(id);
      expect((ledger?.captured ?? 0) - (ledger?.refunded ?? 0)).toBe(0);
      await authenticate(id, 'succeeded');
      expect(await steps.captures(id)).toBe(outcome === 'succeeded' ? 1 : 0);
    },
  );

  test('is looked at again at once where the customer comes back while a worker asks the gateway', async () => {
    const id = await waitingOrder();
    await steps.select('UPDATE orders SET recover_after = now() WHERE id = $1', [id]);
    const gateway = steps.gatewayWith({
      retrievePaymentIntent: async (paymentId) => {
        const waiting = await steps.gateway.retrievePaymentIntent(paymentId);
        await completion().run(id, 'all');
        return waiting;
      },
    });
    await steps.chargeOrder({ gateway }).run(id);
    expect(
      await steps.select('SELECT recover_after <= now() AS due FROM orders WHERE id = $1', [id]),
    ).toEqual([{ due: true }]);
    await steps.chargeOrder().run(id);
    expect(
      await steps.select('SELECT recover_after <= now() AS due FROM orders WHERE id = $1', [id]),
    ).toEqual([{ due: false }]);
  });

  test('is not failed by a decline as long as the gateway does not cancel the payment', async () => {
    const id = await steps.placeOrder('pm_card_chargeDeclined');
    const decline = { code: 'card_declined', message: 'No.', gatewayCode: null, gatewayMessage: null };
    const gateway = steps.gatewayWith({
      cancelPaymentIntent: async (paymentId) => ({
        ...{ id: paymentId, total: { amount: 1_980, currency: 'EUR' } },
        ...{ status: 'declined', decline },
      }),
    });
    expect(await steps.chargeOrder({ gateway }).run(id)).toMatchObject({ kind: 'retry' });
    expect(await steps.status(id)).toBe('PAYMENT_PROCESSING');
    await steps.chargeToEnd(id);
    expect(await steps.status(id)).toBe('PAYMENT_FAILED');
  });

  test('is taken up again after a worker has died at any step', async () => {
    const steps_ = ['confirmPaymentIntent', 'retrievePaymentIntent', 'cancelPaymentIntent'] as const;
    for (const step of steps_) {
      for (const isAfter of [false, true]) {
        const id = await steps.placeOrder(NEEDS_CUSTOMER);
        const dying = steps.gatewayWith({
          [step]: async (...args: [string, Confirmation]) => {
            if (isAfter) await steps.gateway[step](...args);
            throw new Error('the worker dies here');
          },
        });
        const charge = steps.chargeOrder({ gateway: dying });
        await charge.run(id).catch(() => undefined);
        await steps.chargeToEnd(id);
        await authenticate(id, 'succeeded');
        await completion().run(id, 'all');
        await charge.run(id).catch(() => undefined);
        await steps.chargeToEnd(id);
        expect([step, isAfter, await steps.status(id)]).toEqual([step, isAfter, 'CONFIRMED']);
        expect(await steps.captures(id)).toBe(1);
      }
    }
  });
});
