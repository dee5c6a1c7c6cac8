import { afterEach, describe, expect, test } from '@jest/globals';
import { cleanUp, openSandbox, payment, stripeError } from '../support/sandbox.js';

afterEach(cleanUp);

describe('refunds', () => {
  test('return a part, then the rest, and no more', async () => {
    const { stripe, control } = await openSandbox();
    const intent = await stripe.paymentIntents.create(payment('order-1', { confirm: true }));
    const part = await stripe.refunds.create({
      payment_intent: intent.id,
      amount: 250,
      reason: 'requested_by_customer',
      metadata: { line: '3' },
    });
    expect(part).toMatchObject({
      object: 'refund',
      status: 'succeeded',
      amount: 250,
      charge: intent.latest_charge,
      payment_intent: intent.id,
      metadata: { line: '3' },
    });
    const tooMuch = stripe.refunds.create({ payment_intent: intent.id, amount: 1001 });
    expect(await stripeError(tooMuch)).toMatchObject({ statusCode: 400, param: 'amount' });
    const rest = await stripe.refunds.create({ payment_intent: intent.id });
    expect(rest.amount).toBe(1000);
    expect(await stripeError(stripe.refunds.create({ payment_intent: intent.id }))).toMatchObject({
      statusCode: 400,
      code: 'charge_already_refunded',
    });
    expect(await stripe.refunds.retrieve(part.id)).toEqual(part);
    const listed = await stripe.refunds.list({ payment_intent: intent.id });
    expect(listed.data.map(({ id }) => id)).toEqual([rest.id, part.id]);
    expect((await stripe.refunds.list({ payment_intent: 'pi_none' })).data).toEqual([]);
    expect(await control.order('order-1')).toEqual({
      orderId: 'order-1',
      orderKey: null,
      captured: 1250,
      refunded: 1250,
      currency: 'eur',
      captures: 1,
      refunds: 2,
    });
  });

  test('are refused for an intent that is not paid', async () => {
    const { stripe } = await openSandbox();
    const { id } = await stripe.paymentIntents.create(payment('order-1'));
    const unpaid = stripe.refunds.create({ payment_intent: id });
    expect(await stripeError(unpaid)).toMatchObject({ statusCode: 400, param: 'payment_intent' });
    const none = stripe.refunds.create({ payment_intent: 'pi_none' });
    expect(await stripeError(none)).toMatchObject({ code: 'resource_missing', param: 'payment_intent' });
    expect(await stripeError(stripe.refunds.retrieve('re_none'))).toMatchObject({ statusCode: 404 });
  });
});

describe('the ledger', () => {
  test('adds up all intents of an order, and is read in pages', async () => {
    const { stripe, control } = await openSandbox();
    for (const order of ['b', 'a', 'c']) await stripe.paymentIntents.create(payment(order));
    await stripe.paymentIntents.create(payment('a', { confirm: true }));
    await stripe.paymentIntents.create(payment('a', { confirm: true, amount: 50 }));
    const first = await control.ledger('?limit=2');
    expect(first.hasMore).toBe(true);
    expect(first.orders).toMatchObject([
      { orderId: 'b', captured: 0, captures: 0 },
      { orderId: 'a', captured: 1300, captures: 2 },
    ]);
    const second = await control.ledger('?limit=2&after=a');
    expect(second).toMatchObject({ hasMore: false, orders: [{ orderId: 'c' }] });
    expect((await control.ledger('?order=nobody')).orders).toEqual([]);
    expect((await control.call('GET', 'ledger?limit=0')).status).toBe(400);
    expect((await control.call('GET', 'ledger?after=nobody')).status).toBe(400);
  });
});
