import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { OrderSteps } from '../support/order-steps.js';
import { type Script, ScriptedGateway, stripeError } from '../support/scripted-gateway.js';
import { waitFor } from '../support/wait-for.js';
import { openSandbox, cleanUp, type TestSandbox } from './sandbox-support.js';

const CREATE = /^POST \/v1\/payment_intents /;
const CONFIRM = /^POST \/v1\/payment_intents\/\w+\/confirm /;
const RETRIEVE = /^GET \/v1\/payment_intents\/\w+ /;
const REFUND = /^POST \/v1\/refunds /;
const DONE = { kind: 'done' };

let sandbox: TestSandbox;
let gateway: ScriptedGateway;
let steps: OrderSteps;

beforeAll(async () => {
  sandbox = await openSandbox();
  gateway = await ScriptedGateway.start(sandbox.running.url);
  steps = await OrderSteps.open({ STRIPE_API_BASE: gateway.url });
});

afterAll(async () => {
  await steps.close();
  await gateway.close();
  await cleanUp();
});

beforeEach(() => {
  gateway.play();
});

async function money(orderId: string): Promise<object | undefined> {
  return sandbox.control.order(orderId);
}

async function failureOf(orderId: string): Promise<object | undefined> {
  const [order] = await steps.select(
    `SELECT status, failure_code AS code, failure_gateway_code AS "gatewayCode", attempts
     FROM orders JOIN payments ON order_id = id WHERE id = $1`,
    [orderId],
  );
  return order;
}

async function noteOf(orderId: string, type: string): Promise<string | undefined> {
  const [event] = await steps.select<{ note: string }>(
    'SELECT note FROM order_events WHERE order_id = $1 AND type = $2::order_event_type',
    [orderId, type],
  );
  return event?.note;
}

async function deadLettersOf(orderId: string): Promise<object[]> {
  return steps.select('SELECT task, state, error FROM dead_letters WHERE order_id = $1', [orderId]);
}

const STARTED = ['ORDER_CREATED', 'PAYMENT_STARTED'];
const CONFIRMED = [...STARTED, 'PAYMENT_SUCCEEDED'];

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
  ])('%s fails at once, by one call', async (_how, script, code, gatewayCode) => {
    gateway.play(script);
    const orderId = await steps.placeOrder();
    expect(await steps.chargeOrder().run(orderId)).toEqual(DONE);
    expect(await failureOf(orderId)).toEqual({ status: 'PAYMENT_FAILED', code, gatewayCode, attempts: 1 });
    expect(await steps.history(orderId)).toEqual([...STARTED, 'PAYMENT_DECLINED']);
    expect(await noteOf(orderId, 'PAYMENT_DECLINED')).toContain('Words of the gateway.');
    expect(gateway.requests).toEqual(['POST /v1/payment_intents']);
    expect(await deadLettersOf(orderId)).toEqual([]);
  });

  test('when it is confirmed fails at once, and can never succeed later', async () => {
    gateway.play({ line: CONFIRM, error: stripeError({}) });
    const orderId = await steps.placeOrder();
    expect(await steps.chargeOrder().run(orderId)).toEqual(DONE);
    expect(await failureOf(orderId)).toMatchObject({ status: 'PAYMENT_FAILED', code: 'payment_refused' });
    gateway.play();
    const [payment] = await steps.select<{ id: string }>(
      'SELECT payment_intent_id AS id FROM payments WHERE order_id = $1',
      [orderId],
    );
    expect(await steps.gateway.retrievePaymentIntent(payment?.id ?? '')).toMatchObject({
      status: 'cancelled',
    });
    expect(await money(orderId)).toMatchObject({ captured: 0 });
  });

  test('leaves nothing that a late worker could charge, though its own call fares better', async () => {
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
    expect(await money(orderId)).toMatchObject({ captured: 0 });
  });

  test("of one customer doesn't hold up another's payment, nor any cancellation", async () => {
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
      // One that opens would hold everybody up for longer than this test waits.
      PAYMENT_BREAKER_PAUSE_MS: '600000',
      WORKER_CONCURRENCY: '2',
    });
    await waitFor('the good order', async () => (await steps.status(good)) === 'CONFIRMED');
    await waitFor('the cancelled order', async () => (await steps.status(cancelled)) === 'CANCELLED');
    for (const orderId of bad) {
      await waitFor('a refusal', async () => (await steps.status(orderId)) === 'PAYMENT_FAILED');
      expect(await failureOf(orderId)).toMatchObject({ code: 'payment_refused', attempts: 1 });
    }
  });
});

describe('a payment that is not what the order asks for', () => {
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
      'received in another amount, as a later look tells',
      { line: RETRIEVE, change: (intent) => ({ ...intent, amount: 1_000, amount_received: 1_000 }) },
      '1000 EUR',
    ],
  ])('%s is never confirmed, and put before an operator at once', async (_what, script, reported) => {
    const orderId = await steps.placeOrder();
    if (script.line === RETRIEVE) {
      const lost = { kind: 'charged_then_reset', endpoint: 'payment_intents.confirm', count: 2 };
      await sandbox.control.addFault(lost);
      await steps.chargeOrder().run(orderId);
      await steps.select('UPDATE orders SET recover_after = now() WHERE id = $1', [orderId]);
    }
    gateway.play(script);
    expect(await steps.chargeOrder().run(orderId)).toEqual(DONE);
    expect(await steps.status(orderId)).toBe('PAYMENT_PROCESSING');
    const error = `The payment gateway reports ${reported} for an order of 1980 EUR (minor units).`;
    expect(await deadLettersOf(orderId)).toEqual([{ task: 'CHARGE', state: 'OPEN', error }]);
    expect(await noteOf(orderId, 'DEAD_LETTERED')).toBe(error);
    // An operator may cancel it: what was really taken comes back.
    gateway.play();
    await steps.cancel(orderId);
    await steps.refundToEnd(orderId);
    expect(await steps.status(orderId)).toBe('CANCELLED');
    expect(await money(orderId)).toMatchObject({ captured: 1_980, refunded: 1_980 });
  });

  test('prepared for another amount is not confirmed', async () => {
    gateway.play({ line: CREATE, change: (intent) => ({ ...intent, amount: 198_000 }) });
    const orderId = await steps.placeOrder();
    expect(await steps.chargeOrder().run(orderId)).toEqual(DONE);
    expect(gateway.requests).toEqual(['POST /v1/payment_intents']);
    expect(await deadLettersOf(orderId)).toMatchObject([{ task: 'CHARGE', state: 'OPEN' }]);
    expect(await money(orderId)).toMatchObject({ captured: 0 });
  });

  test('of live mode, with a key of test mode, is put before an operator', async () => {
    gateway.play({ line: CONFIRM, change: (intent) => ({ ...intent, livemode: true }) });
    const orderId = await steps.placeOrder();
    expect(await steps.chargeOrder().run(orderId)).toEqual(DONE);
    expect(await steps.status(orderId)).toBe('PAYMENT_PROCESSING');
    const [letter] = await deadLettersOf(orderId);
    expect(letter).toMatchObject({ error: expect.stringMatching(/^The payment pi_\w+ is of live mode/) });
  });

  test.each([
    ['looks it up', RETRIEVE],
    ['confirms it', CONFIRM],
  ])(
    'that the gateway does not know when a worker %s is put before an operator at once',
    async (_how, line) => {
      const orderId = await steps.placeOrder();
      if (line === RETRIEVE) {
        await sandbox.control.addFault({ kind: 'http_429', endpoint: 'payment_intents.confirm', count: 1 });
        await steps.chargeOrder().run(orderId);
        await steps.select('UPDATE orders SET recover_after = now() WHERE id = $1', [orderId]);
      }
      gateway.play({ line, status: 404, error: stripeError({ code: 'resource_missing', param: 'intent' }) });
      expect(await steps.chargeOrder().run(orderId)).toEqual(DONE);
      expect(gateway.requests.filter((request) => line.test(`${request} `))).toHaveLength(1);
      expect(await steps.status(orderId)).toBe('PAYMENT_PROCESSING');
      expect(await deadLettersOf(orderId)).toEqual([
        {
          task: 'CHARGE',
          state: 'OPEN',
          error: expect.stringMatching(
            /^The payment gateway does not know the payment pi_\w+; it may belong to/,
          ),
        },
      ]);
      expect(await money(orderId)).toMatchObject({ captured: 0 });
    },
  );
});

describe('a refund', () => {
  async function cancelledAfterItsCharge(): Promise<string> {
    const orderId = await steps.placeOrder();
    await steps.chargeToEnd(orderId);
    expect(await steps.history(orderId)).toEqual(CONFIRMED);
    await steps.cancel(orderId);
    return orderId;
  }

  test.each([
    [
      'the charge is disputed',
      REFUND,
      400,
      { code: 'charge_disputed' },
      '(charge_disputed: Words of the gateway.)',
    ],
    [
      'there is no such payment',
      /^POST \/v1\/payment_intents\/\w+\/cancel /,
      404,
      { code: 'resource_missing' },
      'does not know',
    ],
  ])(
    'that is refused for good, since %s, is put before an operator after one call',
    async (_why, line, status, fields, told) => {
      const orderId = await cancelledAfterItsCharge();
      gateway.play({ line, status, error: stripeError(fields) });
      expect(await steps.refundOrder().run(orderId)).toEqual(DONE);
      expect(gateway.requests.filter((request) => line.test(`${request} `))).toHaveLength(1);
      expect(await steps.status(orderId)).toBe('CANCELLING');
      expect(await deadLettersOf(orderId)).toEqual([
        { task: 'REFUND', state: 'OPEN', error: expect.stringContaining(told) },
      ]);
    },
  );

  test('that stays pending is told once, is asked after again, and ends when the money is back', async () => {
    const orderId = await cancelledAfterItsCharge();
    const pending = (answer: Record<string, unknown>) => ({
      ...answer,
      ...(answer['object'] === 'list' ? {} : { status: 'pending' }),
      ...(Array.isArray(answer['data'])
        ? { data: answer['data'].map((refund: object) => ({ ...refund, status: 'pending' })) }
        : {}),
    });
    gateway.play({ line: /\/v1\/refunds/, change: pending });
    for (let look = 0; look < 30; look += 1) {
      expect(await steps.refundOrder().run(orderId)).toEqual(DONE);
      await steps.select('UPDATE orders SET recover_after = now() WHERE id = $1', [orderId]);
    }
    const history = [...CONFIRMED, 'CANCELLATION_REQUESTED', 'PAYMENT_ATTEMPT_FAILED'];
    expect(await steps.history(orderId)).toEqual(history);
    expect(await noteOf(orderId, 'PAYMENT_ATTEMPT_FAILED')).toBe(
      'The payment gateway reports the refund as pending.',
    );
    gateway.play();
    expect(await steps.refundOrder().run(orderId)).toEqual(DONE);
    expect(await steps.history(orderId)).toEqual([...history, 'REFUND_SUCCEEDED', 'ORDER_CANCELLED']);
    expect(await money(orderId)).toMatchObject({ refunded: 1_980, refunds: 1 });
  });

  test('goes on while every charge meets an outage that holds all charges up', async () => {
    const orderId = await cancelledAfterItsCharge();
    await steps.relay().runOnce();
    gateway.play({ line: CREATE, status: 500, error: stripeError({ type: 'api_error' }) });
    const stuck = await Promise.all(Array.from({ length: 10 }, () => steps.placeOrder()));
    await steps.relay().runOnce();
    await steps.system.start({
      ROLE: 'worker',
      STRIPE_API_BASE: gateway.url,
      PAYMENT_BREAKER_FAILURES: '2',
      PAYMENT_BREAKER_PAUSE_MS: '600000',
      WORKER_CONCURRENCY: '1',
    });
    await waitFor('the open breaker', async () => {
      const counts = await steps.select<{ failed: number }>(
        `SELECT count(*)::int AS failed FROM order_events
         WHERE type = 'PAYMENT_ATTEMPT_FAILED' AND order_id = ANY ($1)`,
        [stuck],
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
    if (result.kind !== 'retry') throw new Error('it did not ask to be run again');
    const [order] = await steps.select<{ pausedMs: number; detail: string }>(
      `SELECT extract(epoch FROM recover_after - updated_at)::float8 * 1000 - $2 AS "pausedMs", detail
       FROM orders JOIN order_events ON order_id = id AND order_events.version = orders.version WHERE id = $1`,
      [orderId, steps.config.recovery.stuckAfterMs],
    );
    expect(order?.pausedMs).toBeCloseTo(result.afterMs, 0);
    if (result.afterMs === 300_000) expect(order?.detail).toContain('again in about 5 minutes');
    return result.afterMs;
  }

  test('as a date is obeyed', async () => {
    const asked = new Date(Date.now() + 10_000).toUTCString();
    const pauseMs = await pauseAfter(asked);
    expect(pauseMs).toBeGreaterThan(0);
    expect(pauseMs).toBeLessThanOrEqual(10_000);
    // The tests' own pauses are far shorter.
    expect(pauseMs).toBeGreaterThan(steps.config.payment.retryCapMs);
  });

  test.each(['86400', '9999999999', '9'.repeat(300)])(
    'of %s is cut to five minutes, and told',
    async (value) => {
      expect(await pauseAfter(value)).toBe(300_000);
    },
  );

  test.each(['-5', 'soon', 'Sat, 28 Nov 2020 10:00:00 GMT'])('of %s is as none', async (value) => {
    expect(await pauseAfter(value)).toBeLessThanOrEqual(steps.config.payment.retryCapMs);
  });
});
