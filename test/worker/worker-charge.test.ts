import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Quarantine } from '../../src/dead-letters/quarantine.js';
import { JobHandler } from '../../src/queue/job-handler.js';
import { OrderSteps } from '../support/order-steps.js';
import { waitFor } from '../support/wait-for.js';

describe('a charge', () => {
  let steps: OrderSteps;

  beforeAll(async () => {
    steps = await OrderSteps.open();
  });

  afterAll(async () => {
    await steps.close();
  });

  const CONFIRMED = ['ORDER_CREATED', 'PAYMENT_STARTED', 'PAYMENT_SUCCEEDED'];

  test('takes its order from PENDING to CONFIRMED with one capture of the total', async () => {
    const orderId = await steps.placeOrder();
    expect(await steps.chargeOrder().run(orderId)).toEqual({ kind: 'done' });
    expect(await steps.status(orderId)).toBe('CONFIRMED');
    expect(await steps.history(orderId)).toEqual(CONFIRMED);
    expect(await steps.sandbox.order(orderId)).toMatchObject({
      captured: 1_980,
      captures: 1,
      refunded: 0,
      currency: 'eur',
    });
  });

  test('confirms an order that has been overdue for months', async () => {
    const orderId = await steps.placeOrder();
    await steps.select("UPDATE orders SET recover_after = now() - interval '90 days' WHERE id = $1", [
      orderId,
    ]);
    expect(await steps.chargeOrder().run(orderId)).toEqual({ kind: 'done' });
    expect(await steps.history(orderId)).toEqual(CONFIRMED);
  });

  test('does nothing when it runs again, without a request to the gateway', async () => {
    const orderId = await steps.placeOrder();
    await steps.chargeOrder().run(orderId);
    const asked = await steps.sandbox.requests(`?order=${orderId}`);
    expect(await steps.chargeOrder().run(orderId)).toEqual({ kind: 'done' });
    expect(await steps.sandbox.requests(`?order=${orderId}`)).toEqual(asked);
    expect(await steps.history(orderId)).toEqual(CONFIRMED);
  });

  test('run ten times at once captures once', async () => {
    const orderId = await steps.placeOrder();
    await Promise.all(Array.from({ length: 10 }, () => steps.chargeToEnd(orderId)));
    expect(await steps.status(orderId)).toBe('CONFIRMED');
    expect(await steps.captures(orderId)).toBe(1);
    expect((await steps.history(orderId)).filter((type) => type === 'PAYMENT_SUCCEEDED')).toHaveLength(1);
  });

  test('run ten times at once after the payment was started captures once', async () => {
    const orderId = await steps.placeOrder();
    const from = { status: 'PENDING', version: 1 } as const;
    await steps.transitions.apply({ orderId, type: 'PAYMENT_STARTED', from, actor: 'worker' });
    // All ten get past the start, so only the idempotency keys and the stored id prevent a second capture.
    await Promise.all(Array.from({ length: 10 }, () => steps.chargeToEnd(orderId)));
    expect(await steps.status(orderId)).toBe('CONFIRMED');
    expect(await steps.captures(orderId)).toBe(1);
    const history = await steps.history(orderId);
    expect(history.slice(0, 2)).toEqual(['ORDER_CREATED', 'PAYMENT_STARTED']);
    expect(history.at(-1)).toBe('PAYMENT_SUCCEEDED');
  });

  test.each([
    ['pm_card_chargeDeclined', 'card_declined'],
    ['pm_card_chargeDeclinedInsufficientFunds', 'insufficient_funds'],
    ['pm_card_nobody_knows', 'resource_missing'],
  ])('with %s fails at the first attempt as %s (fault 25)', async (paymentMethod, code) => {
    const orderId = await steps.placeOrder(paymentMethod);
    expect(await steps.chargeOrder().run(orderId)).toEqual({ kind: 'done' });
    expect(await steps.history(orderId)).toEqual(['ORDER_CREATED', 'PAYMENT_STARTED', 'PAYMENT_DECLINED']);
    const [order] = await steps.select(
      `SELECT status, failure_code AS code, recover_after AS "recoverAfter", attempts
       FROM orders JOIN payments ON order_id = id WHERE id = $1`,
      [orderId],
    );
    expect(order).toEqual({ status: 'PAYMENT_FAILED', code, recoverAfter: null, attempts: 1 });
    const asked = await steps.sandbox.requests(`?order=${orderId}`);
    expect(await steps.chargeOrder().run(orderId)).toEqual({ kind: 'done' });
    expect(await steps.sandbox.requests(`?order=${orderId}`)).toEqual(asked);
    expect(await steps.captures(orderId)).toBe(0);
  });

  test('of an order that does not exist does nothing', async () => {
    const orderId = randomUUID();
    expect(await steps.chargeOrder().run(orderId)).toEqual({ kind: 'done' });
    const asked = await steps.sandbox.requests(`?order=${orderId}`);
    expect(Object.values(asked).every((count) => count === 0)).toBe(true);
    expect(await steps.select('SELECT 1 FROM payments WHERE order_id = $1', [orderId])).toEqual([]);
  });

  test('by a job with its order id in upper case captures once', async () => {
    const orderId = await steps.placeOrder();
    const quarantine = new Quarantine(steps.database, steps.transitions);
    const handler = new JobHandler(steps.chargeOrder(), steps.refundOrder(), quarantine);
    const job = { name: 'charge-order', data: { orderId: orderId.toUpperCase() }, deaths: 0, lastTry: true };
    expect(await handler.handle(job)).toEqual({ kind: 'done' });
    expect(await steps.status(orderId)).toBe('CONFIRMED');
    expect(await steps.captures(orderId)).toBe(1);
  });

  test('by several jobs, next to one of an unknown order, captures once', async () => {
    const orderId = await steps.placeOrder();
    const job = (id: string) => ({
      name: 'charge-order',
      data: { orderId: id },
      opts: { removeOnComplete: true },
    });
    await steps.queue.addBulk([job(orderId), job(orderId), job(randomUUID()), job(orderId)]);
    await steps.system.start({ ROLE: 'worker' });
    await waitFor('an empty queue', async () => (await steps.jobs()) === 0);
    await steps.queue.addBulk([job(orderId)]);
    await waitFor('an empty queue again', async () => (await steps.jobs()) === 0);
    expect(await steps.status(orderId)).toBe('CONFIRMED');
    expect(await steps.captures(orderId)).toBe(1);
    expect((await steps.history(orderId)).filter((type) => type === 'PAYMENT_SUCCEEDED')).toHaveLength(1);
  });
});
