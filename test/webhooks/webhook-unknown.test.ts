import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { payment } from '../support/sandbox.js';
import { handmadeEvent, LOST, STORED, WebhookDrill } from './webhook-support.js';

const CHARGED = { CHARGE_ORDER: 1 };

let drill: WebhookDrill;

beforeAll(async () => {
  drill = await WebhookDrill.open();
}, 60_000);

afterAll(async () => {
  await drill.close();
}, 60_000);

describe('fault 29: a webhook about something unknown', () => {
  test('is stored without effect for an unknown order or none', async () => {
    const { id } = await drill.sandbox.stripe.paymentIntents.create(payment(randomUUID()));
    for (const object of [{ object: 'payment_intent', id }, { object: 'charge', payment_intent: null }, {}])
      expect(await drill.deliver(handmadeEvent('payment_intent.succeeded', object))).toEqual(STORED);
    expect(
      await drill.deliver(handmadeEvent('payment_intent.succeeded', [], 'evt_without_an_object')),
    ).toEqual(STORED);
  });

  test('is stored without effect for an unknown type of a known order', async () => {
    const orderId = await drill.orderWithLostOutcome();
    const object = { object: 'payment_intent', id: await drill.paymentIntentId(orderId) };
    for (const type of ['payment_intent.invented', 'succeeded', 'payment_intent.succeeded.later'])
      expect(await drill.deliver(handmadeEvent(type, object))).toEqual(STORED);
    expect(await drill.standing(orderId)).toEqual({
      status: 'PAYMENT_PROCESSING',
      history: LOST,
      messages: CHARGED,
    });
  });

  test('never settles an order by another payment than its own, whatever the metadata say', async () => {
    const orderId = await drill.steps.placeOrder('pm_card_chargeDeclined');
    await drill.loseConfirm();
    await drill.steps.chargeOrder().run(orderId);
    await drill.sandbox.control.clearFaults();
    const foreign = await drill.sandbox.stripe.paymentIntents.create(payment(orderId, { confirm: true }));
    const letter = await drill.letterAbout(foreign.id, 'payment_intent.succeeded');
    expect(letter.payload).toContain(orderId);
    expect(await drill.deliver(letter)).toEqual(STORED);
    expect(await drill.standing(orderId)).toEqual({
      status: 'PAYMENT_PROCESSING',
      history: LOST,
      messages: CHARGED,
    });
  });
});
