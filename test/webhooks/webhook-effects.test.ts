import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { OrderStatus } from '../../src/orders/lifecycle.js';
import { openDeadLetter } from '../../src/payments/open-dead-letter.js';
import { handmadeEvent, KNOWN, LOST, ONCE, post, STORED, WebhookDrill } from './webhook-support.js';

const CHARGED = { CHARGE_ORDER: 1 };

let drill: WebhookDrill;

beforeAll(async () => {
  drill = await WebhookDrill.open();
}, 60_000);

afterAll(async () => {
  await drill.close();
}, 60_000);

describe('fault 29: the webhook of a payment that succeeded', () => {
  test('confirms an order whose outcome was lost, and the retry finds nothing to do', async () => {
    const orderId = await drill.orderWithLostOutcome();
    expect(await drill.deliver(await drill.letter(orderId, 'payment_intent.succeeded'))).toEqual(STORED);
    expect(await drill.steps.status(orderId)).toBe('CONFIRMED');
    expect(await drill.steps.chargeOrder().run(orderId)).toEqual({ kind: 'done' });
    expect(await drill.steps.history(orderId)).toEqual([...LOST, 'PAYMENT_SUCCEEDED']);
    expect(await drill.money(orderId)).toEqual(ONCE);
    const requests = await drill.sandbox.control.requests(`?order=${orderId}`);
    expect(requests['payment_intents.retrieve'] ?? 0).toBe(0);
  });

  test("before the worker's own answer makes the worker stop quietly", async () => {
    const orderId = await drill.steps.placeOrder();
    const gateway = drill.steps.gatewayWith({
      confirmPaymentIntent: async (id, key) => {
        const answer = await drill.steps.gateway.confirmPaymentIntent(id, key);
        await drill.deliver(await drill.letter(orderId, 'payment_intent.succeeded'));
        expect(await drill.steps.status(orderId)).toBe('CONFIRMED');
        return answer;
      },
    });
    expect(await drill.steps.chargeOrder({ gateway }).run(orderId)).toEqual({ kind: 'done' });
    expect(await drill.steps.history(orderId)).toEqual([
      'ORDER_CREATED',
      'PAYMENT_STARTED',
      'PAYMENT_SUCCEEDED',
    ]);
    expect(await drill.money(orderId)).toEqual(ONCE);
  });

  test("after the worker's own answer, or repeated, changes nothing", async () => {
    const orderId = await drill.steps.placeOrder();
    await drill.steps.chargeToEnd(orderId);
    const letter = await drill.letter(orderId, 'payment_intent.succeeded');
    expect(await drill.deliver(letter)).toEqual(STORED);
    expect(await drill.deliver(letter)).toEqual(KNOWN);
    expect(await drill.standing(orderId)).toEqual({
      status: 'CONFIRMED',
      history: ['ORDER_CREATED', 'PAYMENT_STARTED', 'PAYMENT_SUCCEEDED'],
      messages: CHARGED,
    });
  });

  test('sent to two processes at once has one effect, and every answer is 200', async () => {
    const other = await drill.steps.system.start({ ROLE: 'api' });
    for (let round = 0; round < 5; round += 1) {
      const orderId = await drill.orderWithLostOutcome();
      const letter = await drill.letter(orderId, 'payment_intent.succeeded');
      const urls = Array.from({ length: 5 }, () => [drill.url, other.url]).flat();
      const replies = await Promise.all(urls.map((url) => post(url, letter)));
      expect(replies.map(({ status }) => status)).toEqual(urls.map(() => 200));
      expect(replies.filter(({ text }) => text === STORED.text)).toHaveLength(1);
      expect(await drill.steps.history(orderId)).toEqual([...LOST, 'PAYMENT_SUCCEEDED']);
    }
  });

  test('an event without an effect, sent to two processes at once, is stored once', async () => {
    const other = await drill.steps.system.start({ ROLE: 'api' });
    const letter = handmadeEvent('customer.created', {});
    const urls = Array.from({ length: 5 }, () => [drill.url, other.url]).flat();
    const replies = await Promise.all(urls.map((url) => post(url, letter)));
    expect(replies.map(({ status }) => status)).toEqual(urls.map(() => 200));
    expect(replies.filter(({ text }) => text === STORED.text)).toHaveLength(1);
  });

  test('settles the open dead letter of its order', async () => {
    const orderId = await drill.orderWithLostOutcome();
    await deadLetter(orderId);
    expect(await drill.deliver(await drill.letter(orderId, 'payment_intent.succeeded'))).toEqual(STORED);
    expect(await drill.steps.status(orderId)).toBe('CONFIRMED');
    expect(await drill.steps.history(orderId)).toEqual([...LOST, 'DEAD_LETTERED', 'PAYMENT_SUCCEEDED']);
    expect(await deadLetters(orderId)).toEqual([
      {
        state: 'RETRIED',
        by: 'payment gateway',
        reason: 'The gateway reported the payment as succeeded.',
        resolved: true,
      },
    ]);
  });
});

describe('fault 29: the webhook of a payment that failed', () => {
  const FAILED = 'payment_intent.payment_failed';

  test('only makes the worker ask the gateway', async () => {
    const orderId = await drill.orderWithLostOutcome('pm_card_chargeDeclinedInsufficientFunds');
    const letter = await drill.letter(orderId, FAILED);
    expect(await drill.deliver(letter)).toEqual(STORED);
    expect(await drill.deliver(letter)).toEqual(KNOWN);
    expect(await drill.steps.history(orderId)).toEqual(LOST);
    expect(await drill.messages(orderId)).toEqual({ CHARGE_ORDER: 2 });
    await drill.steps.chargeToEnd(orderId);
    expect(await drill.steps.history(orderId)).toEqual([...LOST, 'PAYMENT_DECLINED']);
    expect(
      await drill.steps.select('SELECT status, failure_code AS code FROM orders WHERE id = $1', [orderId]),
    ).toEqual([{ status: 'PAYMENT_FAILED', code: 'insufficient_funds' }]);
  });

  test('that came before the payment succeeded does not keep the order from being confirmed', async () => {
    const orderId = await drill.orderWithLostOutcome('pm_card_chargeDeclined');
    const id = await drill.paymentIntentId(orderId);
    await drill.sandbox.stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' });
    const succeeded = await drill.letter(orderId, 'payment_intent.succeeded');
    expect(await drill.deliver(await drill.letter(orderId, FAILED))).toEqual(STORED);
    expect(await drill.deliver(succeeded)).toEqual(STORED);
    expect(await drill.steps.status(orderId)).toBe('CONFIRMED');
    expect(await drill.money(orderId)).toEqual(ONCE);
  });

  test('changes nothing after the order was confirmed, or while it has an open dead letter', async () => {
    const confirmed = await drill.orderWithLostOutcome();
    await drill.deliver(await drill.letter(confirmed, 'payment_intent.succeeded'));
    const waiting = await drill.orderWithLostOutcome();
    await deadLetter(waiting);
    for (const orderId of [confirmed, waiting]) {
      const object = { object: 'payment_intent', id: await drill.paymentIntentId(orderId) };
      expect(await drill.deliver(handmadeEvent(FAILED, object))).toEqual(STORED);
    }
    expect(await drill.standing(confirmed)).toEqual({
      status: 'CONFIRMED',
      history: [...LOST, 'PAYMENT_SUCCEEDED'],
      messages: CHARGED,
    });
    expect(await drill.standing(waiting)).toEqual({
      status: 'PAYMENT_PROCESSING',
      history: [...LOST, 'DEAD_LETTERED'],
      messages: CHARGED,
    });
    expect(await deadLetters(waiting)).toMatchObject([{ state: 'OPEN' }]);
  });
});

/** Opens a dead letter as a worker does after the last attempt. */
async function deadLetter(orderId: string): Promise<void> {
  const [from] = await drill.steps.select<{ status: OrderStatus; version: number }>(
    'SELECT status, version FROM orders WHERE id = $1',
    [orderId],
  );
  if (from === undefined) throw new Error(`no order ${orderId}`);
  await openDeadLetter(
    drill.steps.transitions,
    { id: orderId, ...from },
    { attempts: 1, why: 'The gateway did not answer.', actor: 'worker' },
  );
}

async function deadLetters(orderId: string): Promise<object[]> {
  return drill.steps.select(
    `SELECT state, resolved_by AS by, reason, resolved_at IS NOT NULL AS resolved
     FROM dead_letters WHERE order_id = $1 ORDER BY id`,
    [orderId],
  );
}
