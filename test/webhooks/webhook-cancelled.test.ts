import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { handmadeEvent, KNOWN, type Letter, LOST, ONCE, STORED, WebhookDrill } from './webhook-support.js';

const CHARGED = { CHARGE_ORDER: 1 };

let drill: WebhookDrill;

beforeAll(async () => {
  drill = await WebhookDrill.open();
}, 60_000);

afterAll(async () => {
  await drill.close();
}, 60_000);

describe('fault 29: webhooks of an order that is being cancelled', () => {
  test('make the worker ask the gateway, and refund nothing by themselves', async () => {
    const orderId = await drill.orderWithLostOutcome();
    await drill.steps.cancel(orderId);
    const letter = await drill.letter(orderId, 'payment_intent.succeeded');
    expect(await drill.deliver(letter)).toEqual(STORED);
    expect(await drill.deliver(letter)).toEqual(KNOWN);
    expect(await drill.steps.status(orderId)).toBe('CANCELLING');
    expect(await drill.messages(orderId)).toEqual({ CHARGE_ORDER: 1, REFUND_ORDER: 2 });
    expect(await drill.money(orderId)).toEqual(ONCE);
    const refund = { object: 'refund', id: 're_1', payment_intent: await drill.paymentIntentId(orderId) };
    expect(await drill.deliver(handmadeEvent('refund.updated', { ...refund, status: 'succeeded' }))).toEqual(
      STORED,
    );
    expect(await drill.steps.status(orderId)).toBe('CANCELLING');
    expect(await drill.messages(orderId)).toEqual({ CHARGE_ORDER: 1, REFUND_ORDER: 3 });
    await drill.steps.refundToEnd(orderId);
    expect(await drill.steps.status(orderId)).toBe('CANCELLED');
    expect(await drill.money(orderId)).toEqual({ captures: 1, refunds: 1 });
  });

  test.each([
    ['last first', (letters: readonly Letter[]) => letters.toReversed()],
    ['first to last, and again', (letters: readonly Letter[]) => [...letters, ...letters]],
  ])('change nothing after the cancellation, %s', async (_name, arrange) => {
    const orderId = await drill.steps.placeOrder();
    await drill.steps.chargeToEnd(orderId);
    await drill.steps.cancel(orderId);
    await drill.steps.refundToEnd(orderId);
    const before = await drill.steps.history(orderId);
    const letters = [
      await drill.letter(orderId, 'payment_intent.created'),
      await drill.letter(orderId, 'payment_intent.succeeded'),
      await drill.letter(orderId, 'refund.created'),
      await drill.letter(orderId, 'charge.refunded'),
    ];
    for (const letter of arrange(letters)) expect((await drill.deliver(letter)).status).toBe(200);
    expect(await drill.steps.history(orderId)).toEqual(before);
    expect(await drill.steps.status(orderId)).toBe('CANCELLED');
    expect(await drill.messages(orderId)).toEqual({ CHARGE_ORDER: 1, REFUND_ORDER: 1 });
    expect(await drill.money(orderId)).toEqual({ captures: 1, refunds: 1 });
  });

  test('of a refund before the one of the success do not keep the order from being confirmed', async () => {
    const orderId = await drill.orderWithLostOutcome();
    const succeeded = await drill.letter(orderId, 'payment_intent.succeeded');
    await drill.sandbox.stripe.refunds.create({
      payment_intent: await drill.paymentIntentId(orderId),
      amount: 1,
    });
    for (const type of ['charge.refunded', 'refund.created', 'payment_intent.created'])
      expect(await drill.deliver(await drill.letter(orderId, type))).toEqual(STORED);
    expect(await drill.standing(orderId)).toEqual({
      status: 'PAYMENT_PROCESSING',
      history: LOST,
      messages: CHARGED,
    });
    expect(await drill.deliver(succeeded)).toEqual(STORED);
    expect(await drill.standing(orderId)).toEqual({
      status: 'CONFIRMED',
      history: [...LOST, 'PAYMENT_SUCCEEDED'],
      messages: CHARGED,
    });
  });
});
