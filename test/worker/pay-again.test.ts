import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { PayOrder, type PayOrderOutcome } from '../../src/orders/pay-again/pay-order.js';
import { OrderSteps } from '../support/order-steps.js';

const DECLINED = 'pm_card_chargeDeclined';

interface Call {
  readonly key?: string;
  readonly paymentMethod?: string;
  readonly customerId?: string;
}

describe('an order that is paid again after its payment has failed', () => {
  let steps: OrderSteps;

  beforeAll(async () => {
    steps = await OrderSteps.open();
  });

  afterAll(() => steps.close());

  beforeEach(() => steps.sandbox.clearFaults());

  async function failedOrder(): Promise<string> {
    const id = await steps.placeOrder(DECLINED);
    await steps.chargeToEnd(id);
    expect(await steps.status(id)).toBe('PAYMENT_FAILED');
    return id;
  }

  async function pay(orderId: string, call: Call = {}): Promise<PayOrderOutcome> {
    const { key = randomUUID(), paymentMethod = 'pm_card_visa', customerId = 'carla' } = call;
    return steps.app.get(PayOrder).run({
      ...{ orderId, idempotencyKey: key, paymentMethod, customerId },
      ...{ visibleTo: 'all', actor: 'customer' },
    });
  }

  async function intents(orderId: string): Promise<string[]> {
    const { orders } = await steps.sandbox.ledger(`?order=${orderId}`);
    return orders.map(({ captures }) => String(captures));
  }

  test('is confirmed by the other payment method, with one capture in all', async () => {
    const id = await failedOrder();
    expect(await pay(id)).toMatchObject({ kind: 'requested', order: { status: 'PENDING', failure: null } });
    await steps.chargeToEnd(id);
    expect(await steps.status(id)).toBe('CONFIRMED');
    expect(await steps.sandbox.order(id)).toMatchObject({ captures: 1, captured: 1_980 });
    expect(await steps.history(id)).toEqual([
      ...['ORDER_CREATED', 'PAYMENT_STARTED', 'PAYMENT_DECLINED'],
      ...['PAYMENT_REQUESTED', 'PAYMENT_STARTED', 'PAYMENT_SUCCEEDED'],
    ]);
    expect(await intents(id)).toEqual(['1']);
  });

  test('can be declined again and again, and then be paid', async () => {
    const id = await failedOrder();
    for (let time = 0; time < 3; time += 1) {
      await pay(id, { paymentMethod: DECLINED });
      await steps.chargeToEnd(id);
      expect(await steps.status(id)).toBe('PAYMENT_FAILED');
    }
    await pay(id);
    await steps.chargeToEnd(id);
    expect(await steps.status(id)).toBe('CONFIRMED');
    expect(await steps.captures(id)).toBe(1);
  });

  test('can be one that the gateway refused to make a payment for', async () => {
    const id = await steps.placeOrder('pm_used_without_customer');
    await steps.chargeToEnd(id);
    expect(await steps.status(id)).toBe('PAYMENT_FAILED');
    await pay(id);
    await steps.chargeToEnd(id);
    expect(await steps.status(id)).toBe('CONFIRMED');
  });

  test('answers a repeated call with the order as it is, and makes no other payment', async () => {
    const id = await failedOrder();
    const key = randomUUID();
    expect(await pay(id, { key })).toMatchObject({ kind: 'requested' });
    expect(await pay(id, { key })).toMatchObject({ kind: 'replayed', order: { status: 'PENDING' } });
    await steps.chargeToEnd(id);
    expect(await pay(id, { key })).toMatchObject({ kind: 'replayed', order: { status: 'CONFIRMED' } });
    expect(await steps.captures(id)).toBe(1);
  });

  test.each<[string, Call]>([['another payment method', { paymentMethod: 'pm_card_mastercard' }]])(
    'refuses a key that was used with %s',
    async (_what, other) => {
      const id = await failedOrder();
      const key = randomUUID();
      await pay(id, { key });
      expect(await pay(id, { key, ...other })).toEqual({ kind: 'key-reused' });
    },
  );

  test('refuses a key that was used for another order, and keeps the keys of customers apart', async () => {
    const [one, other] = [await failedOrder(), await failedOrder()];
    const key = randomUUID();
    await pay(one, { key });
    expect(await pay(other, { key })).toEqual({ kind: 'key-reused' });
    expect(await pay(other, { key, customerId: 'dora' })).toMatchObject({ kind: 'requested' });
  });

  test('takes one of twenty concurrent calls with different keys, and answers all with the same key alike', async () => {
    const [one, other] = [await failedOrder(), await failedOrder()];
    const key = randomUUID();
    const differing = await Promise.all(Array.from({ length: 20 }, () => pay(one)));
    const same = await Promise.all(Array.from({ length: 20 }, () => pay(other, { key })));
    expect(differing.filter(({ kind }) => kind === 'requested')).toHaveLength(1);
    expect(differing.filter(({ kind }) => kind === 'not-payable')).toHaveLength(19);
    expect(same.filter(({ kind }) => kind === 'requested')).toHaveLength(1);
    expect(same.filter(({ kind }) => kind === 'replayed')).toHaveLength(19);
    for (const id of [one, other]) {
      await steps.chargeToEnd(id);
      expect(await steps.captures(id)).toBe(1);
    }
  });

  test('is refused in every other status, and after ORDER_PAYABLE_MS', async () => {
    const pending = await steps.placeOrder();
    expect(await pay(pending)).toEqual({ kind: 'not-payable', status: 'PENDING' });
    await steps.chargeToEnd(pending);
    expect(await pay(pending)).toEqual({ kind: 'not-payable', status: 'CONFIRMED' });
    const late = await failedOrder();
    await steps.select(`UPDATE orders SET created_at = now() - interval '25 hours' WHERE id = $1`, [late]);
    expect(await pay(late)).toEqual({ kind: 'not-payable', status: 'PAYMENT_FAILED' });
    expect(await pay(randomUUID())).toEqual({ kind: 'not-found' });
  });

  /** As if a worker had taken a payment for failed that the gateway still takes. @returns both, after payOrder */
  async function succeedsAfterAll(): Promise<{ id: string; first: string }> {
    const id = await steps.placeOrder('pm_card_threeDSecure2Required');
    await steps.chargeToEnd(id);
    const [order] = await steps.select<{ version: number; first: string }>(
      `SELECT version, payment_intent_id AS first FROM orders JOIN payments ON order_id = id WHERE id = $1`,
      [id],
    );
    await steps.transitions.apply({
      orderId: id,
      type: 'PAYMENT_DECLINED',
      from: { status: 'REQUIRES_ACTION', version: order?.version ?? 0 },
      actor: 'worker',
      failure: { code: 'given_up', message: 'It was given up.', gatewayCode: null },
    });
    await pay(id);
    const first = order?.first ?? '';
    await steps.sandbox.call('POST', 'authenticate', { paymentIntent: first, outcome: 'succeeded' });
    return { id, first };
  }

  test('takes the first payment for its own where that has succeeded after all', async () => {
    const { id } = await succeedsAfterAll();
    await steps.chargeToEnd(id);
    expect(await steps.status(id)).toBe('CONFIRMED');
    expect(await steps.captures(id)).toBe(1);
  });

  test('is left to an operator where the money of the first payment was returned after all', async () => {
    const { id, first } = await succeedsAfterAll();
    await steps.select(
      `INSERT INTO payment_discrepancies (kind, state, gateway_payment_id, order_id, detail, refund_by)
       VALUES ('AMOUNT_MISMATCH', 'RESOLVED', $1, $2, 'Listed.', 'olga')`,
      [first, id],
    );
    await steps.sandbox.call('POST', 'refunds', { paymentIntent: first });
    await steps.chargeToEnd(id);
    expect((await steps.history(id)).at(-1)).toBe('DEAD_LETTERED');
    expect(await steps.captures(id)).toBe(1);
  });

  test('that is cancelled at once is CANCELLED, and nothing is taken', async () => {
    const id = await failedOrder();
    await pay(id);
    await steps.cancel(id);
    await steps.chargeToEnd(id);
    expect(await steps.status(id)).toBe('CANCELLED');
    expect(await steps.captures(id)).toBe(0);
  });

  test('that is cancelled while it is charged is CANCELLED, with the failed payment cancelled at the gateway', async () => {
    const id = await failedOrder();
    await pay(id);
    const gateway = steps.gatewayWith({
      createPaymentIntent: async () => {
        throw new Error('the worker dies here');
      },
    });
    await steps
      .chargeOrder({ gateway })
      .run(id)
      .catch(() => undefined);
    await steps.cancel(id);
    await steps.refundToEnd(id);
    expect(await steps.status(id)).toBe('CANCELLED');
    expect(await steps.captures(id)).toBe(0);
  });

  test('is taken up again after a worker has died at any step, with one capture', async () => {
    const steps_ = ['cancelPaymentIntent', 'createPaymentIntent', 'confirmPaymentIntent'] as const;
    for (const step of steps_) {
      for (const isAfter of [false, true]) {
        const id = await failedOrder();
        await pay(id);
        const gateway = steps.gatewayWith({
          [step]: async (...args: never[]) => {
            if (isAfter) await (steps.gateway[step] as (...all: never[]) => Promise<unknown>)(...args);
            throw new Error('the worker dies here');
          },
        });
        await steps
          .chargeOrder({ gateway })
          .run(id)
          .catch(() => undefined);
        await steps.chargeToEnd(id);
        expect([step, isAfter, await steps.status(id)]).toEqual([step, isAfter, 'CONFIRMED']);
        expect(await steps.captures(id)).toBe(1);
      }
    }
  });

  test('a late worker of the failed payment can neither confirm it nor store it', async () => {
    const id = await failedOrder();
    const [before] = await steps.select<{ id: string }>(
      'SELECT payment_intent_id AS id FROM payments WHERE order_id = $1',
      [id],
    );
    await pay(id);
    const confirmation = { paymentMethod: 'pm_card_visa', idempotencyKey: randomUUID() };
    await steps.gateway.confirmPaymentIntent(before?.id ?? '', confirmation);
    await steps.chargeToEnd(id);
    expect(await steps.status(id)).toBe('CONFIRMED');
    expect(await steps.captures(id)).toBe(1);
  });
});
