import { afterEach, describe, expect, test } from '@jest/globals';
import { cleanUp, openReceiver, openSandbox, payment, stripeError } from '../support/sandbox.js';
import { waitFor } from '../support/wait-for.js';

afterEach(cleanUp);

const CALM = { webhookChaos: 0, webhookRetryMs: 20 };

describe('webhooks', () => {
  test('report every change, signed as by Stripe', async () => {
    const receiver = await openReceiver();
    const { stripe } = await openSandbox({ ...CALM, webhookUrl: receiver.url, webhookSecret: 'whsec_test' });
    const { id } = await stripe.paymentIntents.create(
      payment('order-1', { payment_method: 'pm_card_chargeDeclined' }),
    );
    await stripeError(stripe.paymentIntents.confirm(id));
    await stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' });
    const refund = await stripe.refunds.create({ payment_intent: id, amount: 50 });
    const open = await stripe.paymentIntents.create(payment('order-2'));
    await stripe.paymentIntents.cancel(open.id);
    await waitFor('webhooks', () => receiver.received.length === 7);
    const types = receiver.received.map(({ event }) => event.type).sort();
    expect(types).toEqual([
      'charge.refunded',
      'payment_intent.canceled',
      'payment_intent.created',
      'payment_intent.created',
      'payment_intent.payment_failed',
      'payment_intent.succeeded',
      'refund.created',
    ]);
    for (const { payload, signature } of receiver.received) {
      const event = stripe.webhooks.constructEvent(payload, signature, 'whsec_test');
      expect(event.object).toBe('event');
      expect(() => stripe.webhooks.constructEvent(payload, signature, 'whsec_other')).toThrow(/signature/);
      expect(() => stripe.webhooks.constructEvent(`${payload} `, signature, 'whsec_test')).toThrow();
    }
    const objectOf = (type: string): object | undefined =>
      receiver.received.find(({ event }) => event.type === type)?.event.data.object;
    expect(objectOf('refund.created')).toEqual(JSON.parse(JSON.stringify(refund)));
    expect(objectOf('charge.refunded')).toMatchObject({ amount_refunded: 50, refunded: false });
    expect(objectOf('payment_intent.succeeded')).toMatchObject({ id, status: 'succeeded' });
  });

  test('are sent again until they are answered with 2xx', async () => {
    const receiver = await openReceiver((received) => (received.length < 4 ? 500 : 204));
    const { stripe } = await openSandbox({ ...CALM, webhookUrl: receiver.url });
    await stripe.paymentIntents.create(payment('order-1'));
    await waitFor('webhooks', () => receiver.received.length >= 4);
    expect(new Set(receiver.received.map(({ event }) => event.id)).size).toBe(1);
    // Events are sent in order: had the first been sent again, it would be among them.
    await stripe.paymentIntents.create(payment('order-2'));
    await waitFor('webhooks', () => receiver.received.length >= 5);
    expect(new Set(receiver.received.map(({ event }) => event.id)).size).toBe(2);
  });

  test('are duplicated or dropped by a fault', async () => {
    const receiver = await openReceiver();
    const { stripe, control } = await openSandbox({ ...CALM, webhookUrl: receiver.url });
    await control.addFault({ kind: 'drop_webhook', endpoint: 'payment_intents.create', count: 1 });
    await control.addFault({ kind: 'duplicate_webhook', endpoint: 'payment_intents.confirm' });
    const { id } = await stripe.paymentIntents.create(payment('order-1'));
    await stripe.paymentIntents.confirm(id);
    await waitFor('webhooks', () => receiver.received.length === 2);
    expect(receiver.received.map(({ event }) => event.type)).toEqual([
      'payment_intent.succeeded',
      'payment_intent.succeeded',
    ]);
    expect(receiver.received[0]?.event.id).toBe(receiver.received[1]?.event.id);
  });

  test('are duplicated and reordered at random', async () => {
    const receiver = await openReceiver();
    // For each event: whether it is duplicated, whether it is late, and how late.
    const draws = [0.5, 0.01, 0.5, 0.01, 0.5];
    const { stripe } = await openSandbox({
      webhookUrl: receiver.url,
      webhookChaos: 0.05,
      random: () => draws.shift() ?? 0.9,
    });
    const late = await stripe.paymentIntents.create(payment('order-1'));
    const twice = await stripe.paymentIntents.create(payment('order-2'));
    await waitFor('webhooks', () => receiver.received.length === 3);
    const ids = receiver.received.map(({ event }) => event.data.object.id);
    expect(ids).toEqual([twice.id, twice.id, late.id]);
  });

  test('that were not delivered are sent after a restart', async () => {
    const down = await openReceiver(() => 503);
    const first = await openSandbox({ ...CALM, webhookUrl: down.url });
    await first.stripe.paymentIntents.create(payment('order-1', { confirm: true }));
    await waitFor('webhooks', () => down.received.length >= 2);
    await first.running.close();

    const receiver = await openReceiver();
    const second = await openSandbox({
      ...CALM,
      webhookUrl: receiver.url,
      dataDirectory: first.directory,
      compactBytes: 0,
    });
    await waitFor('webhooks', () => receiver.received.length === 2);
    const delivered = receiver.received.map(({ event }) => event.id);
    // When this later webhook arrives, the answers to the first ones have been read.
    await second.stripe.paymentIntents.create(payment('order-2'));
    await waitFor('webhooks', () => receiver.received.length === 3);
    await second.running.close();

    // Delivered events are not sent again, as new ones are.
    const third = await openSandbox({ ...CALM, webhookUrl: receiver.url, dataDirectory: first.directory });
    const { id } = await third.stripe.paymentIntents.create(payment('order-3'));
    await waitFor('the webhook', () => receiver.received.some(({ event }) => event.data.object.id === id));
    const received = receiver.received.map(({ event }) => event.id);
    for (const one of delivered) expect(received.filter((other) => other === one)).toHaveLength(1);
  });
});
