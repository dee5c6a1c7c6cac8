import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { OrderSteps } from '../support/order-steps.js';

const MAX_ATTEMPTS = 3;

interface DeadLetterRow {
  readonly task: string;
  readonly state: string;
  readonly attempts: number;
  readonly error: string;
}

describe('fault 26: the maximum of attempts', () => {
  let steps: OrderSteps;

  beforeEach(async () => {
    steps = await OrderSteps.open({ PAYMENT_TIMEOUT_MS: '500', PAYMENT_MAX_ATTEMPTS: String(MAX_ATTEMPTS) });
  });

  afterEach(async () => {
    await steps.close();
  });

  async function deadLetters(orderId: string): Promise<DeadLetterRow[]> {
    return steps.select<DeadLetterRow>(
      'SELECT task, state, attempts, error FROM dead_letters WHERE order_id = $1 ORDER BY id',
      [orderId],
    );
  }

  async function recoverAfter(orderId: string): Promise<unknown> {
    const [order] = await steps.select<{ at: unknown }>(
      'SELECT recover_after AS at FROM orders WHERE id = $1',
      [orderId],
    );
    return order?.at;
  }

  test('used up by a charge opens one dead letter with its event, and recovery leaves the order alone', async () => {
    const orderId = await steps.placeOrder();
    await steps.sandbox.addFault({ kind: 'http_500' });
    await steps.chargeToEnd(orderId);
    expect(await steps.history(orderId)).toEqual([
      'ORDER_CREATED',
      'PAYMENT_STARTED',
      'PAYMENT_ATTEMPT_FAILED',
      'PAYMENT_ATTEMPT_FAILED',
      'DEAD_LETTERED',
    ]);
    expect(await deadLetters(orderId)).toEqual([
      {
        task: 'CHARGE',
        state: 'OPEN',
        attempts: MAX_ATTEMPTS,
        error: 'Attempt 3 failed: the payment gateway answered 500.',
      },
    ]);
    expect(await steps.status(orderId)).toBe('PAYMENT_PROCESSING');
    expect(await recoverAfter(orderId)).toBeNull();
  });

  test('once used up makes another job do nothing, even if the gateway works again', async () => {
    const orderId = await steps.placeOrder();
    await steps.sandbox.addFault({ kind: 'http_500' });
    await steps.chargeToEnd(orderId);
    await steps.sandbox.clearFaults();
    const before = await steps.history(orderId);
    expect(await steps.chargeOrder().run(orderId)).toEqual({ kind: 'done' });
    expect(await steps.history(orderId)).toEqual(before);
    expect(await steps.captures(orderId)).toBe(0);
  });

  test('reached by two workers at once opens one dead letter', async () => {
    const orderId = await steps.placeOrder();
    await steps.sandbox.addFault({ kind: 'http_500' });
    for (let run = 1; run < MAX_ATTEMPTS; run += 1) await steps.chargeOrder().run(orderId);
    await Promise.all([steps.chargeOrder().run(orderId), steps.chargeOrder().run(orderId)]);
    await steps.chargeToEnd(orderId);
    expect(await deadLetters(orderId)).toHaveLength(1);
    expect((await steps.history(orderId)).filter((type) => type === 'DEAD_LETTERED')).toHaveLength(1);
  });

  test('used up by a refund opens a dead letter of that task', async () => {
    const orderId = await steps.placeOrder();
    await steps.chargeToEnd(orderId);
    await steps.cancel(orderId);
    await steps.sandbox.addFault({ kind: 'http_500', endpoint: 'refunds.create' });
    await steps.refundToEnd(orderId);
    expect(await steps.status(orderId)).toBe('CANCELLING');
    expect(await deadLetters(orderId)).toMatchObject([
      { task: 'REFUND', state: 'OPEN', attempts: MAX_ATTEMPTS },
    ]);
    expect(await steps.sandbox.order(orderId)).toMatchObject({ captures: 1, refunds: 0 });
  });

  test('includes attempts in which the worker dies', async () => {
    const orderId = await steps.placeOrder();
    const dying = steps.gatewayWith({
      createPaymentIntent: async () => {
        throw new Error('the process ends here');
      },
    });
    for (let run = 0; run < 2 * MAX_ATTEMPTS; run += 1) {
      await expect(steps.chargeOrder({ gateway: dying }).run(orderId)).rejects.toThrow('ends here');
    }
    await steps.chargeToEnd(orderId);
    expect(await deadLetters(orderId)).toMatchObject([{ task: 'CHARGE', state: 'OPEN' }]);
    expect(await steps.captures(orderId)).toBe(0);
  });

  test.each([
    ['outage', 'is down for all orders'],
    ['http_429', 'is rate limited for all orders'],
  ])('does not include attempts that fail by %s, since the gateway %s', async (kind) => {
    const orderId = await steps.placeOrder();
    await steps.sandbox.addFault({ kind });
    for (let run = 0; run < MAX_ATTEMPTS * 2; run += 1) {
      await steps.select('UPDATE orders SET recover_after = now() WHERE id = $1', [orderId]);
      expect(await steps.chargeOrder().run(orderId)).toMatchObject({ kind: 'retry' });
    }
    await steps.sandbox.clearFaults();
    await steps.select('UPDATE orders SET recover_after = now() WHERE id = $1', [orderId]);
    await steps.chargeToEnd(orderId);
    expect(await steps.status(orderId)).toBe('CONFIRMED');
    expect(await deadLetters(orderId)).toEqual([]);
  });
});
