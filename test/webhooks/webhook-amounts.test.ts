import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { KNOWN, type Letter, LOST, post, signed, STORED, WebhookDrill } from './webhook-support.js';

const SUCCEEDED = 'payment_intent.succeeded';
const OTHER_MODE = {
  status: 400,
  text: 'The event is not of the mode, test or live, of the key in use.\n',
  retryAfter: null,
};

let drill: WebhookDrill;

beforeAll(async () => {
  drill = await WebhookDrill.open();
}, 60_000);

afterAll(async () => {
  await drill.close();
}, 60_000);

/** A correctly signed payment_intent.succeeded with these fields of the order's PaymentIntent. */
async function succeeded(orderId: string, fields: object, event: object = {}): Promise<Letter> {
  const id = await drill.paymentIntentId(orderId);
  const object = { id, object: 'payment_intent', status: 'succeeded', ...fields };
  const envelope = { id: `evt_${orderId}`, object: 'event', type: SUCCEEDED, livemode: false, ...event };
  return signed(JSON.stringify({ ...envelope, data: { object } }));
}

async function deadLetters(orderId: string): Promise<object[]> {
  return drill.steps.select('SELECT task, state, attempts, error FROM dead_letters WHERE order_id = $1', [
    orderId,
  ]);
}

describe('the webhook of a succeeded payment', () => {
  test.each([
    ['amount', { amount: 1, amount_received: 1, currency: 'eur' }, '1 EUR'],
    ['currency', { amount: 1, currency: 'jpy' }, '1 JPY'],
    ['amount received', { amount: 1_980, amount_received: 1_979, currency: 'eur' }, '1979 EUR'],
  ])(
    "with another %s than the order's opens one dead letter and confirms nothing",
    async (_what, fields, reported) => {
      const orderId = await drill.orderWithLostOutcome();
      const letter = await succeeded(orderId, fields);
      expect(await drill.deliver(letter)).toEqual(STORED);
      expect(await drill.deliver(letter)).toEqual(KNOWN);
      expect(await drill.steps.status(orderId)).toBe('PAYMENT_PROCESSING');
      expect(await drill.steps.history(orderId)).toEqual([...LOST, 'DEAD_LETTERED']);
      const error = `The payment gateway reports ${reported} for an order of 1980 EUR (minor units).`;
      expect(await deadLetters(orderId)).toEqual([{ task: 'CHARGE', state: 'OPEN', attempts: 1, error }]);
      const [event] = await drill.steps.select(
        'SELECT actor, note, detail FROM order_events WHERE order_id = $1 ORDER BY version DESC LIMIT 1',
        [orderId],
      );
      expect(event).toEqual({
        actor: 'gateway',
        note: error,
        detail: 'The payment could not be completed automatically. The shop is looking into it.',
      });
    },
  );

  test('with a wrong amount opens no second dead letter', async () => {
    const orderId = await drill.orderWithLostOutcome();
    const wrong = { amount: 1, currency: 'jpy' };
    await drill.deliver(await succeeded(orderId, wrong));
    expect(await drill.deliver(await succeeded(orderId, wrong, { id: `evt_2_${orderId}` }))).toEqual(STORED);
    expect(await drill.steps.history(orderId)).toEqual([...LOST, 'DEAD_LETTERED']);
    expect(await deadLetters(orderId)).toHaveLength(1);
  });

  test('confirms the order where the amount is right', async () => {
    const orderId = await drill.orderWithLostOutcome();
    const right = { amount: 1_980, amount_received: 1_980, currency: 'eur' };
    expect(await drill.deliver(await succeeded(orderId, right))).toEqual(STORED);
    expect(await drill.steps.status(orderId)).toBe('CONFIRMED');
  });

  test('without an amount makes the worker ask the gateway', async () => {
    const orderId = await drill.orderWithLostOutcome();
    expect(await drill.deliver(await succeeded(orderId, {}))).toEqual(STORED);
    expect(await drill.steps.history(orderId)).toEqual(LOST);
    expect(await drill.messages(orderId)).toEqual({ CHARGE_ORDER: 2 });
  });
});

describe('a webhook of live mode with a key of test mode', () => {
  test('is refused and changes nothing', async () => {
    const orderId = await drill.orderWithLostOutcome();
    const right = { amount: 1_980, amount_received: 1_980, currency: 'eur' };
    const letter = await succeeded(orderId, right, { livemode: true });
    expect(await drill.deliver(letter)).toEqual(OTHER_MODE);
    expect(await drill.steps.history(orderId)).toEqual(LOST);
    const known = await drill.steps.select('SELECT 1 FROM webhook_events WHERE id = $1', [`evt_${orderId}`]);
    expect(known).toEqual([]);
  });

  test('is accepted with a key of live mode, which refuses one of test mode', async () => {
    const { url } = await drill.steps.system.start({
      ROLE: 'api',
      STRIPE_SECRET_KEY: 'sk_live_of_the_tests',
    });
    const orderId = await drill.orderWithLostOutcome();
    const right = { amount: 1_980, amount_received: 1_980, currency: 'eur' };
    expect(await post(url, await succeeded(orderId, right))).toEqual(OTHER_MODE);
    expect(await post(url, await succeeded(orderId, right, { livemode: true }))).toEqual(STORED);
    expect(await drill.steps.status(orderId)).toBe('CONFIRMED');
  });
});
