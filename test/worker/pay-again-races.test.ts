import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { OrderQueries } from '../../src/orders/order-queries.js';
import { OrderTransitions } from '../../src/orders/transition-order.js';
import { PayOrder, type PayOrderCall, type PayOrderOutcome } from '../../src/orders/pay-again/pay-order.js';
import { RelayWakeUp } from '../../src/outbox/relay-wake-up.js';
import { beginAttempts } from '../../src/payments/attempts.js';
import { buildPreparePayment } from '../../src/payments/build-tasks.js';
import { loadWorkOrders } from '../../src/payments/work-order.js';
import { OrderSteps } from '../support/order-steps.js';

describe('an order that is paid again', () => {
  let steps: OrderSteps;

  beforeAll(async () => {
    steps = await OrderSteps.open();
  });

  afterAll(() => steps.close());

  beforeEach(() => steps.sandbox.clearFaults());

  async function failedOrder(paymentMethod = 'pm_card_chargeDeclined'): Promise<string> {
    const id = await steps.placeOrder(paymentMethod);
    await steps.chargeToEnd(id);
    expect(await steps.status(id)).toBe('PAYMENT_FAILED');
    return id;
  }

  function callFor(orderId: string): PayOrderCall {
    const fresh = { orderId, idempotencyKey: randomUUID(), customerId: 'carla' };
    return { ...fresh, paymentMethod: 'pm_card_visa', visibleTo: 'all', actor: 'customer' };
  }

  /** A PayOrder during whose first read of the order `between` runs. */
  function interrupted(between: () => Promise<unknown>): PayOrder {
    const queries = steps.app.get(OrderQueries, { strict: false });
    let isFirst = true;
    const slow = Object.assign(Object.create(queries) as OrderQueries, {
      byIds: async (...args: Parameters<OrderQueries['byIds']>) => {
        const before = isFirst ? between() : undefined;
        isFirst = false;
        await before;
        return queries.byIds(...args);
      },
    });
    const transitions = steps.app.get(OrderTransitions, { strict: false });
    const wakeUp = steps.app.get(RelayWakeUp, { strict: false });
    return new PayOrder(steps.database, slow, transitions, wakeUp, steps.config);
  }

  test('by two calls with one key is not refused to the one that is overtaken', async () => {
    const id = await failedOrder();
    const call = callFor(id);
    let first: PayOrderOutcome | undefined;
    const slow = interrupted(async () => (first = await steps.app.get(PayOrder).run(call)));
    expect(await slow.run(call)).toMatchObject({ kind: 'replayed', order: { status: 'PENDING' } });
    expect(first).toMatchObject({ kind: 'requested' });
  });

  test('is not closed by a late refusal of the payment before', async () => {
    const id = await steps.placeOrder('pm_used_without_customer');
    const dying = steps.gatewayWith({ createPaymentIntent: () => Promise.reject(new Error('killed')) });
    const gateway = steps.gatewayWith({
      createPaymentIntent: async (input) => {
        const refused = await steps.gateway.createPaymentIntent(input);
        await steps.chargeToEnd(id);
        await steps.app.get(PayOrder).run(callFor(id));
        await expect(steps.chargeOrder({ gateway: dying }).run(id)).rejects.toThrow('killed');
        return refused;
      },
    });
    await steps.chargeOrder({ gateway }).run(id);
    expect(await steps.status(id)).toBe('PAYMENT_PROCESSING');
    await steps.chargeToEnd(id);
    expect(await steps.status(id)).toBe('CONFIRMED');
    expect(await steps.captures(id)).toBe(1);
  });

  test('is charged by what is stored when the attempt begins, not by what was read before', async () => {
    const id = await failedOrder();
    await steps.app.get(PayOrder).run(callFor(id));
    const dying = steps.gatewayWith({ confirmPaymentIntent: () => Promise.reject(new Error('killed')) });
    const [asRead] = await loadWorkOrders(steps.database, [id]);
    await expect(steps.chargeOrder({ gateway: dying }).run(id)).rejects.toThrow('killed');
    const [attempt] = await beginAttempts(steps.database, 'CHARGE', [id]);
    if (asRead === undefined || attempt === undefined) throw new Error('there is no order');
    await steps.select('UPDATE payments SET payment_intent_id = NULL WHERE order_id = $1', [id]);
    const late = buildPreparePayment({ ...steps.taskParts(), rewinds: { require: async () => undefined } });
    const prepared = await late.run(asRead, { ...attempt, paymentIntentId: null });
    expect(prepared).toMatchObject({ status: 'unconfirmed' });
    expect(await steps.select('SELECT generation FROM payments WHERE order_id = $1', [id])).toEqual([
      { generation: attempt.generation },
    ]);
  });
});
