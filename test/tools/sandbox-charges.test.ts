import { afterEach, describe, expect, jest, test } from '@jest/globals';
import Stripe from 'stripe';
import { cleanUp, openSandbox, payment, stripeError } from '../support/sandbox.js';

afterEach(async () => {
  jest.restoreAllMocks();
  await cleanUp();
});

const EXPAND = { expand: ['latest_charge'] };
const EXPAND_DATA = { expand: ['data.latest_charge'] };

async function chargeOf(stripe: Stripe, id: string): Promise<Stripe.Charge | string | null> {
  return (await stripe.paymentIntents.retrieve(id, EXPAND)).latest_charge;
}

describe('an expanded latest charge', () => {
  test('tells what was captured and refunded', async () => {
    const { stripe } = await openSandbox();
    const paid = await stripe.paymentIntents.create(payment('order-1', { confirm: true }));
    const captured = {
      id: paid.latest_charge,
      object: 'charge',
      amount: 1250,
      amount_captured: 1250,
      currency: 'eur',
      status: 'succeeded',
      paid: true,
      captured: true,
      disputed: false,
      livemode: false,
      failure_code: null,
      payment_intent: paid.id,
      payment_method: 'pm_card_visa',
      payment_method_details: { type: 'card', card: { brand: 'visa', last4: '4242' } },
    };
    expect(await chargeOf(stripe, paid.id)).toMatchObject({
      ...captured,
      amount_refunded: 0,
      refunded: false,
    });
    await stripe.refunds.create({ payment_intent: paid.id, amount: 250 });
    expect(await chargeOf(stripe, paid.id)).toMatchObject({
      ...captured,
      amount_refunded: 250,
      refunded: false,
    });
    await stripe.refunds.create({ payment_intent: paid.id });
    expect(await chargeOf(stripe, paid.id)).toMatchObject({
      ...captured,
      amount_refunded: 1250,
      refunded: true,
    });
    expect((await stripe.paymentIntents.retrieve(paid.id)).latest_charge).toBe(paid.latest_charge);
  });

  test('is null before the first one, and a failed one after a decline', async () => {
    const { stripe } = await openSandbox();
    const { id } = await stripe.paymentIntents.create(payment('order-1'));
    expect(await chargeOf(stripe, id)).toBeNull();
    const declined = await stripeError(
      stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_chargeDeclinedLostCard' }),
    );
    expect(await chargeOf(stripe, id)).toMatchObject({
      id: declined.charge,
      status: 'failed',
      paid: false,
      captured: false,
      refunded: false,
      amount: 1250,
      amount_captured: 0,
      failure_code: 'card_declined',
      outcome: { type: 'issuer_declined', reason: 'lost_card' },
      payment_method: 'pm_card_chargeDeclinedLostCard',
    });
    await stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' });
    expect(await chargeOf(stripe, id)).toMatchObject({ status: 'succeeded', failure_code: null });
  });

  test('is created when the intent is charged', async () => {
    const { stripe } = await openSandbox();
    const { id, created } = await stripe.paymentIntents.create(payment('order-1'));
    for (const [later, method] of [
      [60, 'pm_card_chargeDeclined'],
      [120, 'pm_card_visa'],
    ] as const) {
      jest.spyOn(Date, 'now').mockReturnValue((created + later) * 1_000);
      await stripe.paymentIntents.confirm(id, { payment_method: method }).catch(() => undefined);
      expect(await chargeOf(stripe, id)).toMatchObject({ created: created + later });
    }
  });

  test('keeps the metadata that the intent had when it was charged', async () => {
    const { stripe, running, directory } = await openSandbox();
    const { id } = await stripe.paymentIntents.create(payment('order-1'));
    await stripe.paymentIntents.update(id, { metadata: { order_id: 'order-2' } });
    await stripe.paymentIntents.confirm(id);
    await stripe.paymentIntents.update(id, { metadata: { order_id: 'order-3' } });
    const charge = await chargeOf(stripe, id);
    expect(charge).toMatchObject({ metadata: { order_id: 'order-2' } });
    await running.close();
    const next = await openSandbox({ dataDirectory: directory, compactBytes: 0 });
    expect(await chargeOf(next.stripe, id)).toEqual(charge);
  });

  test('stays disputed when the dispute was won', async () => {
    const { stripe, control, running, directory } = await openSandbox();
    const { id } = await stripe.paymentIntents.create(payment('order-1', { confirm: true }));
    await control.call('POST', 'disputes', { paymentIntent: id });
    expect(await chargeOf(stripe, id)).toMatchObject({ disputed: true });
    await control.call('POST', 'disputes', { paymentIntent: id, outcome: 'won' });
    expect(await chargeOf(stripe, id)).toMatchObject({ disputed: true });
    await running.close();
    const next = await openSandbox({ dataDirectory: directory, compactBytes: 0 });
    expect(await chargeOf(next.stripe, id)).toMatchObject({ disputed: true });
  });

  test('is in each intent of a list and of a search', async () => {
    const { stripe } = await openSandbox({ searchDelayMs: 0 });
    const paid = await stripe.paymentIntents.create(payment('order-1', { confirm: true }));
    await stripe.paymentIntents.create(payment('order-1'));
    const charges = [null, { id: paid.latest_charge, object: 'charge', amount_captured: 1250 }];
    const listed = await stripe.paymentIntents.list({ limit: 2, ...EXPAND_DATA });
    expect(listed.data.map(({ latest_charge }) => latest_charge)).toMatchObject(charges);
    const query = "metadata['order_id']:'order-1'";
    const found = await stripe.paymentIntents.search({ query, ...EXPAND_DATA });
    expect(found.data.map(({ latest_charge }) => latest_charge)).toMatchObject(charges);
    const plain = await stripe.paymentIntents.list();
    expect(plain.data.map(({ latest_charge }) => latest_charge)).toEqual([null, paid.latest_charge]);
  });
});

describe('another value of expand', () => {
  test.each([
    ['customer', 'This property cannot be expanded (customer).'],
    ['latest_charge.refunds', 'This property cannot be expanded (refunds).'],
    ['data.latest_charge', 'This property cannot be expanded (data).'],
  ])('is refused for one intent: %s', async (path, message) => {
    const { stripe } = await openSandbox();
    const { id } = await stripe.paymentIntents.create(payment('order-1'));
    const error = await stripeError(stripe.paymentIntents.retrieve(id, { expand: ['latest_charge', path] }));
    expect(error).toBeInstanceOf(Stripe.errors.StripeInvalidRequestError);
    expect(error).toMatchObject({ statusCode: 400, message, param: undefined });
  });

  test.each([
    [
      'latest_charge',
      "This property cannot be expanded (latest_charge). You may want to try expanding 'data.latest_charge' instead.",
    ],
    ['data.customer', 'This property cannot be expanded (customer).'],
  ])('is refused for a list and a search: %s', async (path, message) => {
    const { stripe } = await openSandbox();
    const expand = [path];
    expect(await stripeError(stripe.paymentIntents.list({ expand }))).toMatchObject({
      statusCode: 400,
      message,
    });
    const query = "metadata['order_id']:'order-1'";
    expect(await stripeError(stripe.paymentIntents.search({ query, expand }))).toMatchObject({ message });
  });

  test('is refused where it is no array', async () => {
    const { running } = await openSandbox();
    const headers = { authorization: 'Bearer sk_test_sandbox' };
    const answer = await fetch(`${running.url}/v1/payment_intents?expand=latest_charge`, { headers });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { message: 'Invalid array: expand' } });
  });
});
