import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { OrderSteps } from '../support/order-steps.js';
import { type Script, type ScriptedGateway, stripeError } from '../support/scripted-gateway.js';
import { CONFIRM, CREATE, RETRIEVE, ScriptedSteps } from '../support/scripted-steps.js';

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

describe('a payment that does not match its order', () => {
  test.each<[string, Script, string]>([
    [
      'received in another amount',
      { line: CONFIRM, change: (intent) => ({ ...intent, amount_received: 1 }) },
      '1 EUR',
    ],
    [
      'received in another currency',
      { line: CONFIRM, change: (intent) => ({ ...intent, amount: 1, amount_received: 1, currency: 'jpy' }) },
      '1 JPY',
    ],
    [
      'received in another amount, as a later lookup shows',
      { line: RETRIEVE, change: (intent) => ({ ...intent, amount: 1_000, amount_received: 1_000 }) },
      '1000 EUR',
    ],
  ])('%s is not confirmed, and opens a dead letter at once', async (_what, script, reported) => {
    const orderId = await steps.placeOrder();
    if (script.line === RETRIEVE) {
      const lost = { kind: 'charged_then_reset', endpoint: 'payment_intents.confirm', count: 2 };
      await scripted.sandbox.control.addFault(lost);
      await steps.chargeOrder().run(orderId);
      await scripted.endPause(orderId);
    }
    gateway.play(script);
    expect(await steps.chargeOrder().run(orderId)).toEqual(DONE);
    expect(await steps.status(orderId)).toBe('PAYMENT_PROCESSING');
    const error = `The payment gateway reports ${reported} for an order of 1980 EUR (minor units).`;
    expect(await scripted.deadLettersOf(orderId)).toEqual([{ task: 'CHARGE', state: 'OPEN', error }]);
    expect(await scripted.noteOf(orderId, 'DEAD_LETTERED')).toBe(error);
    // A cancellation refunds what was captured.
    gateway.play();
    await steps.cancel(orderId);
    await steps.refundToEnd(orderId);
    expect(await steps.status(orderId)).toBe('CANCELLED');
    expect(await scripted.money(orderId)).toMatchObject({ captured: 1_980, refunded: 1_980 });
  });

  test('created with another amount is not confirmed at the gateway', async () => {
    gateway.play({ line: CREATE, change: (intent) => ({ ...intent, amount: 198_000 }) });
    const orderId = await steps.placeOrder();
    expect(await steps.chargeOrder().run(orderId)).toEqual(DONE);
    expect(gateway.requests).toEqual(['POST /v1/payment_intents']);
    expect(await scripted.deadLettersOf(orderId)).toMatchObject([{ task: 'CHARGE', state: 'OPEN' }]);
    expect(await scripted.money(orderId)).toMatchObject({ captured: 0 });
  });

  test('of live mode with a key of test mode opens a dead letter', async () => {
    gateway.play({ line: CONFIRM, change: (intent) => ({ ...intent, livemode: true }) });
    const orderId = await steps.placeOrder();
    expect(await steps.chargeOrder().run(orderId)).toEqual(DONE);
    expect(await steps.status(orderId)).toBe('PAYMENT_PROCESSING');
    const [letter] = await scripted.deadLettersOf(orderId);
    expect(letter).toMatchObject({ error: expect.stringMatching(/^The payment pi_\w+ is of live mode/) });
  });

  test.each([
    ['looks it up', RETRIEVE],
    ['confirms it', CONFIRM],
  ])('unknown to the gateway when a worker %s opens a dead letter at once', async (_how, line) => {
    const orderId = await steps.placeOrder();
    if (line === RETRIEVE) {
      await scripted.sandbox.control.addFault({
        kind: 'http_429',
        endpoint: 'payment_intents.confirm',
        count: 1,
      });
      await steps.chargeOrder().run(orderId);
      await scripted.endPause(orderId);
    }
    gateway.play({ line, status: 404, error: stripeError({ code: 'resource_missing', param: 'intent' }) });
    expect(await steps.chargeOrder().run(orderId)).toEqual(DONE);
    expect(gateway.requests.filter((request) => line.test(`${request} `))).toHaveLength(1);
    expect(await steps.status(orderId)).toBe('PAYMENT_PROCESSING');
    expect(await scripted.deadLettersOf(orderId)).toEqual([
      {
        task: 'CHARGE',
        state: 'OPEN',
        error: expect.stringMatching(
          /^The payment gateway does not know the payment pi_\w+; it may belong to/,
        ),
      },
    ]);
    expect(await scripted.money(orderId)).toMatchObject({ captured: 0 });
  });
});
