import { afterEach, describe, expect, test } from '@jest/globals';
import { cleanUp, openReceiver, openSandbox, payment, stripeError } from '../support/sandbox.js';
import { waitFor } from '../support/wait-for.js';

afterEach(cleanUp);

describe('wrong_amount', () => {
  test('charges another amount and currency, which every answer and event shows', async () => {
    const { url, received } = await openReceiver();
    const { stripe, control } = await openSandbox({ webhookUrl: url, webhookChaos: 0 });
    await control.addFault({ kind: 'wrong_amount', amount: 1, currency: 'jpy', count: 1 });
    const { id } = await stripe.paymentIntents.create(payment('order-1'));
    const confirmed = await stripe.paymentIntents.confirm(id);
    const charged = { status: 'succeeded', amount: 1, amount_received: 1, currency: 'jpy' };
    expect(confirmed).toMatchObject(charged);
    expect(await stripe.paymentIntents.retrieve(id)).toEqual(confirmed);
    const [event] = await waitFor('the webhooks', () => {
      const events = received.filter((webhook) => webhook.event.type === 'payment_intent.succeeded');
      return events.length === 1 && events;
    });
    expect(event?.event.data.object).toMatchObject(charged);
    expect(await control.order('order-1')).toEqual({
      orderId: 'order-1',
      orderKey: null,
      captured: 1,
      refunded: 0,
      currency: 'jpy',
      captures: 1,
      refunds: 0,
    });
    expect(await control.call('GET', 'wrong-charges')).toMatchObject({
      body: {
        orders: [
          {
            orderId: 'order-1',
            asked: { amount: 1250, currency: 'eur' },
            charged: { amount: 1, currency: 'jpy' },
          },
        ],
      },
    });
    expect(await stripe.refunds.create({ payment_intent: id })).toMatchObject({ amount: 1, currency: 'jpy' });
  });

  test('does not change finished payments, and lists paid ones only', async () => {
    const { stripe, control } = await openSandbox();
    const paid = await stripe.paymentIntents.create(payment('order-1', { confirm: true }));
    const { id } = await stripe.paymentIntents.create(
      payment('order-2', { payment_method: 'pm_card_chargeDeclined' }),
    );
    await control.addFault({ kind: 'wrong_amount', amount: 1 });
    await stripeError(stripe.paymentIntents.confirm(paid.id));
    await stripeError(stripe.paymentIntents.confirm(id));
    expect(await control.faults()).toMatchObject([{ struck: 1 }]);
    expect(await control.order('order-1')).toMatchObject({ captured: 1250 });
    expect(await control.order('order-2')).toMatchObject({ captured: 0 });
    expect(await control.call('GET', 'wrong-charges')).toMatchObject({ body: { orders: [] } });
  });

  test('survives a restart', async () => {
    const { running, directory, stripe, control } = await openSandbox();
    await control.addFault({ kind: 'wrong_amount', currency: 'usd' });
    const { id } = await stripe.paymentIntents.create(payment('order-1'));
    await stripe.paymentIntents.confirm(id);
    await running.close();
    const next = await openSandbox({ dataDirectory: directory });
    expect(await next.control.order('order-1')).toMatchObject({ captured: 1250, currency: 'usd' });
    expect(await next.control.call('GET', 'wrong-charges')).toMatchObject({
      body: { orders: [{ orderId: 'order-1', charged: { amount: 1250, currency: 'usd' } }] },
    });
  });
});

describe('the mode (livemode)', () => {
  test('is test in every object and event', async () => {
    const { url, received } = await openReceiver();
    const { stripe } = await openSandbox({ webhookUrl: url, webhookChaos: 0 });
    const intent = await stripe.paymentIntents.create(payment('order-1', { confirm: true }));
    await stripe.refunds.create({ payment_intent: intent.id });
    expect(intent.livemode).toBe(false);
    const events = await waitFor('the webhooks', () => {
      const list = received.map(({ payload }) => JSON.parse(payload) as { type: string; livemode: boolean });
      return list.length === 4 && list;
    });
    expect(events.map(({ livemode }) => livemode)).toEqual([false, false, false, false]);
  });

  test('is live for a payment that wrong_mode strikes', async () => {
    const { url, received } = await openReceiver();
    const { stripe, control } = await openSandbox({ webhookUrl: url, webhookChaos: 0 });
    const { id } = await stripe.paymentIntents.create(payment('order-1'));
    await control.addFault({ kind: 'wrong_mode', count: 1 });
    expect(await stripe.paymentIntents.confirm(id)).toMatchObject({ status: 'succeeded', livemode: true });
    expect(await stripe.paymentIntents.retrieve(id)).toMatchObject({ livemode: true });
    const [event] = await waitFor('the webhooks', () => {
      const events = received.filter((webhook) => webhook.event.type === 'payment_intent.succeeded');
      return events.length === 1 && events;
    });
    expect(JSON.parse(event?.payload ?? '')).toMatchObject({
      livemode: true,
      data: { object: { livemode: true } },
    });
    const other = await stripe.paymentIntents.create(payment('order-2', { confirm: true }));
    expect(other.livemode).toBe(false);
  });
});
