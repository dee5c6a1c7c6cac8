import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { OrderSteps } from '../support/order-steps.js';
import { type Script, type ScriptedGateway, stripeError } from '../support/scripted-gateway.js';
import { CONFIRM, CREATE, ScriptedSteps, STARTED } from '../support/scripted-steps.js';
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

describe('a charge that the gateway refuses for good', () => {
  test.each<[string, Script, string, string | null]>([
    [
      'as too large',
      { line: CREATE, error: stripeError({ code: 'amount_too_large', param: 'amount' }) },
      'amount_too_large',
      'amount_too_large',
    ],
    [
      'as too small',
      { line: CREATE, error: stripeError({ code: 'amount_too_small' }) },
      'amount_too_small',
      'amount_too_small',
    ],
    ['without a code or a parameter', { line: CREATE, error: stripeError({}) }, 'payment_refused', null],
    [
      'with a 402',
      {
        line: CREATE,
        status: 402,
        error: stripeError({ type: 'card_error', code: 'card_declined', decline_code: 'lost_card' }),
      },
      'card_declined',
      'lost_card',
    ],
  ])('%s fails at once after one call', async (_how, script, code, gatewayCode) => {
    gateway.play(script);
    const orderId = await steps.placeOrder();
    expect(await steps.chargeOrder().run(orderId)).toEqual(DONE);
    expect(await scripted.failureOf(orderId)).toEqual({
      status: 'PAYMENT_FAILED',
      code,
      gatewayCode,
      attempts: 1,
    });
    expect(await steps.history(orderId)).toEqual([...STARTED, 'PAYMENT_DECLINED']);
    expect(await scripted.noteOf(orderId, 'PAYMENT_DECLINED')).toContain('Words of the gateway.');
    expect(gateway.requests).toEqual(['POST /v1/payment_intents']);
    expect(await scripted.deadLettersOf(orderId)).toEqual([]);
  });

  test('by confirm fails at once, and its PaymentIntent is cancelled', async () => {
    gateway.play({ line: CONFIRM, error: stripeError({}) });
    const orderId = await steps.placeOrder();
    expect(await steps.chargeOrder().run(orderId)).toEqual(DONE);
    expect(await scripted.failureOf(orderId)).toMatchObject({
      status: 'PAYMENT_FAILED',
      code: 'payment_refused',
    });
    gateway.play();
    const [payment] = await steps.select<{ id: string }>(
      'SELECT payment_intent_id AS id FROM payments WHERE order_id = $1',
      [orderId],
    );
    expect(await steps.gateway.retrievePaymentIntent(payment?.id ?? '')).toMatchObject({
      status: 'cancelled',
    });
    expect(await scripted.money(orderId)).toMatchObject({ captured: 0 });
  });

  test('leaves nothing that a late worker could charge, even if its own call succeeded', async () => {
    const orderId = await steps.placeOrder();
    const late = steps.chargeOrder({
      gateway: steps.gatewayWith({
        createPaymentIntent: async (input) => {
          const made = await steps.gateway.createPaymentIntent(input);
          gateway.play({ line: CREATE, error: stripeError({}) });
          await steps.chargeOrder().run(orderId);
          gateway.play();
          return made;
        },
      }),
    });
    expect(await late.run(orderId)).toEqual(DONE);
    expect(await steps.status(orderId)).toBe('PAYMENT_FAILED');
    expect(await scripted.money(orderId)).toMatchObject({ captured: 0 });
  });

  test("does not delay other customers' charges or any cancellation", async () => {
    const refused = { line: /^POST \/v1\/payment_intents .*pm_card_mastercard/, error: stripeError({}) };
    gateway.play(refused);
    const cancelled = await steps.placeOrder();
    await steps.chargeToEnd(cancelled);
    gateway.play(refused);
    const bad = await Promise.all(Array.from({ length: 40 }, () => steps.placeOrder('pm_card_mastercard')));
    const good = await steps.placeOrder();
    await steps.cancel(cancelled);
    await steps.relay().runOnce();
    await steps.system.start({
      ROLE: 'worker',
      STRIPE_API_BASE: gateway.url,
      // An open circuit breaker would delay all charges for longer than this test waits.
      PAYMENT_BREAKER_PAUSE_MS: '600000',
      WORKER_CONCURRENCY: '2',
    });
    await waitFor('the good order', async () => (await steps.status(good)) === 'CONFIRMED');
    await waitFor('the cancelled order', async () => (await steps.status(cancelled)) === 'CANCELLED');
    for (const orderId of bad) {
      await waitFor('a refusal', async () => (await steps.status(orderId)) === 'PAYMENT_FAILED');
      expect(await scripted.failureOf(orderId)).toMatchObject({ code: 'payment_refused', attempts: 1 });
    }
  });
});
