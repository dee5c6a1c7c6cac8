import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { OrderSteps } from '../support/order-steps.js';
import { type ScriptedGateway, stripeError } from '../support/scripted-gateway.js';
import { CANCEL, CONFIRMED, CREATE, REFUND, ScriptedSteps } from '../support/scripted-steps.js';
import { waitFor } from '../support/wait-for.js';

const DONE = { kind: 'done' };

let scripted: ScriptedSteps;
let gateway: ScriptedGateway;
let steps: OrderSteps;

beforeAll(async () => {
  scripted = await ScriptedSteps.open();
  ({ gateway, steps } = scripted);
});

afterAll(async () => {
  await scripted.close();
});

beforeEach(() => {
  gateway.play();
});

describe('a refund', () => {
  test.each([
    [
      'the charge is disputed',
      REFUND,
      400,
      { code: 'charge_disputed' },
      '(charge_disputed: Words of the gateway.)',
    ],
    ['the payment is unknown', CANCEL, 404, { code: 'resource_missing' }, 'does not know'],
  ])(
    'that is refused for good, since %s, opens a dead letter after one call',
    async (_why, line, status, fields, error) => {
      const orderId = await scripted.cancelledAfterItsCharge();
      gateway.play({ line, status, error: stripeError(fields) });
      expect(await steps.refundOrder().run(orderId)).toEqual(DONE);
      expect(gateway.requests.filter((request) => line.test(`${request} `))).toHaveLength(1);
      expect(await steps.status(orderId)).toBe('CANCELLING');
      expect(await scripted.deadLettersOf(orderId)).toEqual([
        { task: 'REFUND', state: 'OPEN', error: expect.stringContaining(error) },
      ]);
    },
  );

  test('that stays pending is recorded once, checked again, and completes when the money is back', async () => {
    const orderId = await scripted.cancelledAfterItsCharge();
    const pending = (answer: Record<string, unknown>) => ({
      ...answer,
      ...(answer['object'] === 'list' ? {} : { status: 'pending' }),
      ...(Array.isArray(answer['data'])
        ? { data: answer['data'].map((refund: object) => ({ ...refund, status: 'pending' })) }
        : {}),
    });
    gateway.play({ line: /\/v1\/refunds/, change: pending });
    for (let check = 0; check < 30; check += 1) {
      expect(await steps.refundOrder().run(orderId)).toEqual(DONE);
      await scripted.endPause(orderId);
    }
    const history = [...CONFIRMED, 'CANCELLATION_REQUESTED', 'PAYMENT_ATTEMPT_FAILED'];
    expect(await steps.history(orderId)).toEqual(history);
    expect(await scripted.noteOf(orderId, 'PAYMENT_ATTEMPT_FAILED')).toBe(
      'The payment gateway reports the refund as pending.',
    );
    gateway.play();
    expect(await steps.refundOrder().run(orderId)).toEqual(DONE);
    expect(await steps.history(orderId)).toEqual([...history, 'REFUND_SUCCEEDED', 'ORDER_CANCELLED']);
    expect(await scripted.money(orderId)).toMatchObject({ refunded: 1_980, refunds: 1 });
  });

  test('continues while the circuit breaker for charges is open', async () => {
    const orderId = await scripted.cancelledAfterItsCharge();
    await steps.relay().runOnce();
    gateway.play({ line: CREATE, status: 500, error: stripeError({ type: 'api_error' }) });
    const failing = await Promise.all(Array.from({ length: 10 }, () => steps.placeOrder()));
    await steps.relay().runOnce();
    await steps.system.start({
      ROLE: 'worker',
      STRIPE_API_BASE: gateway.url,
      PAYMENT_BREAKER_FAILURES: '2',
      PAYMENT_BREAKER_PAUSE_MS: '600000',
      WORKER_CONCURRENCY: '1',
    });
    await waitFor('the open circuit breaker', async () => {
      const counts = await steps.select<{ failed: number }>(
        `SELECT count(*)::int AS failed FROM order_events
         WHERE type = 'PAYMENT_ATTEMPT_FAILED' AND order_id = ANY ($1)`,
        [failing],
      );
      return (counts[0]?.failed ?? 0) >= 2;
    });
    const later = await steps.placeOrder();
    gateway.play();
    await steps.chargeToEnd(later);
    gateway.play({ line: CREATE, status: 500, error: stripeError({ type: 'api_error' }) });
    await steps.cancel(later);
    await steps.relay().runOnce();
    for (const id of [orderId, later])
      await waitFor('CANCELLED', async () => (await steps.status(id)) === 'CANCELLED');
  });
});
