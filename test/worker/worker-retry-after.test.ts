import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { OrderSteps } from '../support/order-steps.js';
import { type ScriptedGateway, stripeError } from '../support/scripted-gateway.js';
import { CREATE, ScriptedSteps } from '../support/scripted-steps.js';

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

describe('Retry-After', () => {
  async function pauseAfter(retryAfter: string): Promise<number> {
    gateway.play({
      line: CREATE,
      status: 429,
      headers: { 'retry-after': retryAfter },
      error: stripeError({ code: 'rate_limit' }),
    });
    const orderId = await steps.placeOrder();
    const result = await steps.chargeOrder().run(orderId);
    if (result.kind !== 'retry') throw new Error('the charge is not to be retried');
    const [order] = await steps.select<{ pausedMs: number; detail: string }>(
      `SELECT extract(epoch FROM recover_after - updated_at)::float8 * 1000 - $2 AS "pausedMs", detail
       FROM orders JOIN order_events ON order_id = id AND order_events.version = orders.version WHERE id = $1`,
      [orderId, steps.config.recovery.stuckAfterMs],
    );
    expect(order?.pausedMs).toBeCloseTo(result.afterMs, 0);
    if (result.afterMs === 300_000) expect(order?.detail).toContain('again in about 5 minutes');
    return result.afterMs;
  }

  test('as a date is respected', async () => {
    const asked = new Date(Date.now() + 10_000).toUTCString();
    const pauseMs = await pauseAfter(asked);
    expect(pauseMs).toBeGreaterThan(0);
    expect(pauseMs).toBeLessThanOrEqual(10_000);
    // The tests' configured maximum is far shorter.
    expect(pauseMs).toBeGreaterThan(steps.config.payment.retryCapMs);
  });

  test.each(['86400', '9999999999', '9'.repeat(300)])(
    'of %s is capped at five minutes, and the event says so',
    async (value) => {
      expect(await pauseAfter(value)).toBe(300_000);
    },
  );

  test.each(['-5', 'soon', 'Sat, 28 Nov 2020 10:00:00 GMT'])('of %s is ignored', async (value) => {
    expect(await pauseAfter(value)).toBeLessThanOrEqual(steps.config.payment.retryCapMs);
  });
});
