import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { OrderSteps } from '../support/order-steps.js';
import { waitFor } from '../support/wait-for.js';

describe('a payment gateway that', () => {
  let steps: OrderSteps;

  beforeAll(async () => {
    // No attempt is the last one; that is tested elsewhere.
    steps = await OrderSteps.open({ PAYMENT_TIMEOUT_MS: '500', PAYMENT_MAX_ATTEMPTS: '1000' });
  });

  afterEach(async () => {
    await steps.sandbox.clearFaults();
  });

  afterAll(async () => {
    await steps.close();
  });

  const RETRY = { kind: 'retry', afterMs: expect.any(Number) as unknown };

  async function notes(orderId: string): Promise<string[]> {
    const rows = await steps.select<{ note: string }>(
      `SELECT note FROM order_events WHERE order_id = $1 AND type = 'PAYMENT_ATTEMPT_FAILED' ORDER BY version`,
      [orderId],
    );
    return rows.map(({ note }) => note);
  }

  test('charges and never answers is asked for the outcome, and not to charge again (fault 22)', async () => {
    const orderId = await steps.placeOrder();
    await steps.sandbox.addFault({
      kind: 'charged_then_timeout',
      endpoint: 'payment_intents.confirm',
      count: 1,
    });
    expect(await steps.chargeOrder().run(orderId)).toEqual(RETRY);
    expect(await steps.status(orderId)).toBe('PAYMENT_PROCESSING');
    expect(await steps.history(orderId)).toEqual([
      'ORDER_CREATED',
      'PAYMENT_STARTED',
      'PAYMENT_ATTEMPT_FAILED',
    ]);
    expect(await notes(orderId)).toEqual([expect.stringContaining('Attempt 1 ')]);
    expect(await steps.captures(orderId)).toBe(1);
    expect(await steps.chargeOrder().run(orderId)).toEqual({ kind: 'done' });
    expect(await steps.status(orderId)).toBe('CONFIRMED');
    expect(await steps.sandbox.requests(`?order=${orderId}`)).toMatchObject({
      'payment_intents.confirm': 1,
      'payment_intents.retrieve': 1,
    });
    expect(await steps.captures(orderId)).toBe(1);
  });

  test('charges and cuts the connection is asked for the outcome (fault 22)', async () => {
    const orderId = await steps.placeOrder();
    // Stripe's package repeats a request once under the same key.
    await steps.sandbox.addFault({
      kind: 'charged_then_reset',
      endpoint: 'payment_intents.confirm',
      count: 2,
    });
    expect(await steps.chargeOrder().run(orderId)).toEqual(RETRY);
    expect(await steps.captures(orderId)).toBe(1);
    expect(await steps.chargeOrder().run(orderId)).toEqual({ kind: 'done' });
    expect(await steps.status(orderId)).toBe('CONFIRMED');
    expect(await steps.captures(orderId)).toBe(1);
  });

  test.each(['payment_intents.create', 'payment_intents.retrieve'])(
    'does not answer %s makes the attempt fail, and a later one succeeds',
    async (endpoint) => {
      const orderId = await steps.placeOrder();
      await steps.sandbox.addFault({
        kind: 'charged_then_timeout',
        endpoint: 'payment_intents.confirm',
        count: 1,
      });
      await steps.sandbox.addFault({ kind: 'charged_then_timeout', endpoint, count: 1 });
      expect(await steps.chargeOrder().run(orderId)).toEqual(RETRY);
      expect(await steps.chargeOrder().run(orderId)).toEqual(RETRY);
      await steps.chargeToEnd(orderId);
      expect(await notes(orderId)).toEqual([
        expect.stringContaining('Attempt 1 '),
        expect.stringContaining('Attempt 2 '),
      ]);
      expect(await steps.status(orderId)).toBe('CONFIRMED');
      expect(await steps.captures(orderId)).toBe(1);
    },
  );

  test.each(['payment_intents.create', 'payment_intents.confirm'])(
    'saves a 500 under the key of %s does not keep a later attempt from confirming the order (fault 24)',
    async (endpoint) => {
      const orderId = await steps.placeOrder();
      await steps.sandbox.addFault({ kind: 'http_500', endpoint, count: 1 });
      expect(await steps.chargeOrder().run(orderId)).toEqual(RETRY);
      expect(await notes(orderId)).toEqual([expect.stringContaining('500')]);
      await steps.chargeToEnd(orderId);
      expect(await steps.status(orderId)).toBe('CONFIRMED');
      expect(await steps.captures(orderId)).toBe(1);
    },
  );

  test('answers 429 is not called before its Retry-After (fault 23)', async () => {
    const orderId = await steps.placeOrder();
    await steps.sandbox.addFault({ kind: 'http_429', count: 1 });
    // The configured maximum is 200 ms; the sandbox asks for one second.
    const result = await steps.chargeOrder().run(orderId);
    expect(result).toEqual(RETRY);
    expect(result.kind === 'retry' && result.afterMs).toBeGreaterThanOrEqual(1_000);
    await steps.chargeToEnd(orderId);
    expect(await steps.status(orderId)).toBe('CONFIRMED');
    expect(await steps.captures(orderId)).toBe(1);
  });

  test('is down delays orders and loses none (fault 23)', async () => {
    const orders = await Promise.all(Array.from({ length: 5 }, () => steps.placeOrder()));
    await steps.sandbox.addFault({ kind: 'outage' });
    await steps.relay().runOnce();
    const worker = await steps.system.start({ ROLE: 'worker' });
    for (const orderId of orders) {
      await waitFor('two failed attempts', async () => (await notes(orderId)).length >= 2);
      expect(await steps.status(orderId)).toBe('PAYMENT_PROCESSING');
    }
    await steps.sandbox.clearFaults();
    for (const orderId of orders) {
      await waitFor('CONFIRMED', async () => (await steps.status(orderId)) === 'CONFIRMED');
      expect(await steps.captures(orderId)).toBe(1);
      const history = await steps.history(orderId);
      expect(history.at(-1)).toBe('PAYMENT_SUCCEEDED');
      const attempts = await notes(orderId);
      expect(attempts).toEqual(attempts.map((_, index) => expect.stringContaining(`Attempt ${index + 1} `)));
    }
    await waitFor('an empty queue', async () => (await steps.jobs()) === 0);
    await worker.stop();
  });

  test('fails at random in every way charges each of many concurrent orders once', async () => {
    const kinds = ['http_500', 'http_429', 'charged_then_reset', 'charged_then_timeout'];
    for (const kind of kinds) await steps.sandbox.addFault({ kind, probability: 0.1 });
    const placed = await Promise.all(Array.from({ length: 20 }, () => steps.placeOrder()));
    await steps.relay().runOnce();
    const worker = await steps.system.start({ ROLE: 'worker' });
    await waitFor('all orders at rest', async () => (await steps.jobs()) === 0, 25_000);
    for (const id of placed) {
      expect(await steps.status(id)).toBe('CONFIRMED');
      expect(await steps.captures(id)).toBe(1);
      expect((await steps.history(id)).at(-1)).toBe('PAYMENT_SUCCEEDED');
    }
    await worker.stop();
  });
});
