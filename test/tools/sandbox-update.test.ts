import { afterEach, describe, expect, test } from '@jest/globals';
import Stripe from 'stripe';
import { cleanUp, openReceiver, openSandbox, payment, stripeError } from '../support/sandbox.js';
import { waitFor } from '../support/wait-for.js';

afterEach(cleanUp);

const ORDER_KEY = 'ab'.repeat(32);

describe('an update of a payment intent', () => {
  test('adds, replaces and removes single keys of the metadata, or all of them', async () => {
    const { stripe } = await openSandbox();
    const metadata = { order_id: 'order-1', order_key: ORDER_KEY, line: '1' };
    const created = await stripe.paymentIntents.create(payment('', { metadata }));
    const updated = await stripe.paymentIntents.update(created.id, {
      metadata: { order_id: 'order-2', line: '', note: 'late', nothing: '' },
    });
    expect(updated).toEqual({
      ...created,
      metadata: { order_id: 'order-2', order_key: ORDER_KEY, note: 'late' },
    });
    expect(await stripe.paymentIntents.retrieve(created.id)).toEqual(updated);
    expect(await stripe.paymentIntents.update(created.id, {})).toEqual(updated);
    expect((await stripe.paymentIntents.update(created.id, { metadata: '' })).metadata).toEqual({});
  });

  test('is possible in every status, and sends no event', async () => {
    const { url, received } = await openReceiver();
    const { stripe } = await openSandbox({ webhookUrl: url, webhookChaos: 0 });
    const open = await stripe.paymentIntents.create(payment('order-1'));
    const paid = await stripe.paymentIntents.create(payment('order-1', { confirm: true }));
    const { id } = await stripe.paymentIntents.create(payment('order-1'));
    await stripeError(stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_chargeDeclined' }));
    const canceled = await stripe.paymentIntents.create(payment('order-1'));
    await stripe.paymentIntents.cancel(canceled.id);
    await waitFor('the webhooks', () => received.length === 7);
    const statuses: string[] = [];
    for (const one of [open.id, paid.id, id, canceled.id]) {
      const { status, metadata } = await stripe.paymentIntents.update(one, { metadata: { note: 'x' } });
      expect(metadata).toEqual({ order_id: 'order-1', note: 'x' });
      statuses.push(status);
    }
    expect(statuses).toEqual(['requires_confirmation', 'succeeded', 'requires_payment_method', 'canceled']);
    // Events are sent in order: one of an update would be among them.
    await stripe.paymentIntents.cancel(open.id);
    await waitFor('the webhook', () => received.length >= 8);
    expect(received.at(-1)?.event.type).toBe('payment_intent.canceled');
  });

  test.each([
    ['an amount', { amount: 50 }, 'parameter_unknown', 'amount'],
    ['a description', { description: 'x' }, 'parameter_unknown', 'description'],
    ['too long a key', { metadata: { ['k'.repeat(41)]: 'x' } }, undefined, `metadata[${'k'.repeat(41)}]`],
    ['too long a value', { metadata: { k: 'x'.repeat(501) } }, undefined, 'metadata[k]'],
    ['more than 50 keys in all', { metadata: manyKeys(50) }, undefined, 'metadata'],
  ])('is refused with %s', async (_name, change, code, param) => {
    const { stripe } = await openSandbox();
    const created = await stripe.paymentIntents.create(payment('order-1'));
    const error = await stripeError(stripe.paymentIntents.update(created.id, change));
    expect(error).toBeInstanceOf(Stripe.errors.StripeInvalidRequestError);
    expect(error).toMatchObject({ statusCode: 400, code, param });
    expect(await stripe.paymentIntents.retrieve(created.id)).toEqual(created);
  });

  test('may replace all of 50 keys at once', async () => {
    const { stripe } = await openSandbox();
    const { id } = await stripe.paymentIntents.create(payment('', { metadata: manyKeys(50) }));
    const change = { ...Object.fromEntries(Object.keys(manyKeys(50)).map((key) => [key, ''])), one: '1' };
    expect((await stripe.paymentIntents.update(id, { metadata: change })).metadata).toEqual({ one: '1' });
  });

  test('of an unknown intent is refused', async () => {
    const { stripe } = await openSandbox();
    const unknown = stripe.paymentIntents.update('pi_none', { metadata: { note: 'x' } });
    expect(await stripeError(unknown)).toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
      param: 'intent',
    });
  });

  test('is replayed under its idempotency key', async () => {
    const { stripe } = await openSandbox();
    const { id } = await stripe.paymentIntents.create(payment('order-1'));
    const key = { idempotencyKey: 'key-1' };
    const first = await stripe.paymentIntents.update(id, { metadata: { note: 'one' } }, key);
    await stripe.paymentIntents.update(id, { metadata: { note: 'two' } });
    const again = await stripe.paymentIntents.update(id, { metadata: { note: 'one' } }, key);
    expect(again).toEqual(first);
    expect(again.lastResponse.headers['idempotent-replayed']).toBe('true');
    expect((await stripe.paymentIntents.retrieve(id)).metadata).toMatchObject({ note: 'two' });
    const other = stripe.paymentIntents.update(id, { metadata: { note: 'two' } }, key);
    expect(await stripeError(other)).toBeInstanceOf(Stripe.errors.StripeIdempotencyError);
  });

  test('is counted for its order, and struck by faults like other requests', async () => {
    const { stripe, control } = await openSandbox();
    const { id } = await stripe.paymentIntents.create(payment('order-1'));
    await control.addFault({ kind: 'http_500', endpoint: 'payment_intents.update', count: 1 });
    const update = () => stripe.paymentIntents.update(id, { metadata: { order_id: 'order-2' } });
    expect(await stripeError(update())).toMatchObject({ statusCode: 500 });
    expect((await update()).metadata).toEqual({ order_id: 'order-2' });
    expect(await control.requests('?order=order-1')).toMatchObject({ 'payment_intents.update': 2 });
  });
});

describe('an order of the ledger', () => {
  const zeros = { captured: 0, refunded: 0, captures: 0, refunds: 0 };

  test('has the order key of its payment intents', async () => {
    const { stripe, control } = await openSandbox();
    const { id } = await stripe.paymentIntents.create(payment('order-1'));
    expect(await control.order('order-1')).toMatchObject({ orderKey: null });
    await stripe.paymentIntents.update(id, { metadata: { order_key: ORDER_KEY } });
    expect(await control.order('order-1')).toMatchObject({ orderKey: ORDER_KEY });
    expect((await control.ledger()).orders).toMatchObject([{ orderKey: ORDER_KEY }]);
  });

  test('loses captures and refunds to the order that the metadata names later', async () => {
    const { stripe, control } = await openSandbox();
    const metadata = { order_id: 'order-1', order_key: ORDER_KEY };
    const moved = await stripe.paymentIntents.create(payment('', { metadata, confirm: true }));
    await stripe.paymentIntents.create(payment('order-2', { confirm: true, amount: 50 }));
    await stripe.refunds.create({ payment_intent: moved.id, amount: 250 });
    await stripe.paymentIntents.update(moved.id, { metadata: { order_id: 'order-2' } });
    await stripe.refunds.create({ payment_intent: moved.id, amount: 1_000 });
    const all = { captured: 1_300, refunded: 1_250, captures: 2, refunds: 2, currency: 'eur' };
    expect((await control.ledger()).orders).toEqual([
      { orderId: 'order-1', orderKey: null, currency: 'eur', ...zeros },
      { orderId: 'order-2', orderKey: ORDER_KEY, ...all },
    ]);
    await stripe.paymentIntents.update(moved.id, { metadata: { order_id: '' } });
    expect((await control.ledger()).orders).toMatchObject([
      { orderId: 'order-1', ...zeros },
      { orderId: 'order-2', captured: 50, refunded: 0, captures: 1, refunds: 0, orderKey: null },
    ]);
  });

  test('has the currency of the intents that are left', async () => {
    const { stripe, control } = await openSandbox();
    await stripe.paymentIntents.create(payment('order-1', { confirm: true }));
    const yen = await stripe.paymentIntents.create(payment('order-1', { confirm: true, currency: 'jpy' }));
    expect(await control.order('order-1')).toMatchObject({ currency: 'mixed', captured: 2_500 });
    await stripe.paymentIntents.update(yen.id, { metadata: { order_id: 'order-2' } });
    expect(await control.order('order-1')).toMatchObject({ currency: 'eur', captured: 1_250 });
    expect(await control.order('order-2')).toMatchObject({ currency: 'jpy', captured: 1_250 });
  });

  test('keeps its place and totals across a restart, also without intents', async () => {
    const first = await openSandbox();
    const ids: string[] = [];
    for (const order of ['a', 'b', 'c']) {
      ids.push((await first.stripe.paymentIntents.create(payment(order, { confirm: true }))).id);
    }
    const [a = '', b = ''] = ids;
    await first.stripe.refunds.create({ payment_intent: a, amount: 250 });
    await first.stripe.paymentIntents.update(a, { metadata: { order_id: 'd' } });
    await first.stripe.paymentIntents.update(b, { metadata: { order_id: 'c' } });
    const ledger = await first.control.ledger();
    expect(ledger.orders).toMatchObject([
      { orderId: 'a', ...zeros },
      { orderId: 'b', ...zeros },
      { orderId: 'c', captured: 2_500 },
      { orderId: 'd', captured: 1_250, refunded: 250 },
    ]);
    await first.running.close();
    for (const compactBytes of [1 << 30, 0]) {
      const next = await openSandbox({ dataDirectory: first.directory, compactBytes });
      expect(await next.control.ledger()).toEqual(ledger);
      expect(await next.control.ledger('?limit=1&after=a')).toMatchObject({ orders: [{ orderId: 'b' }] });
      await next.running.close();
    }
  });

  test('is the one under which a wrong charge is listed after the move', async () => {
    const { stripe, control } = await openSandbox();
    await control.addFault({ kind: 'wrong_amount', amount: 1_300, count: 1 });
    const { id } = await stripe.paymentIntents.create(payment('order-1'));
    await stripe.paymentIntents.confirm(id);
    await stripe.paymentIntents.update(id, { metadata: { order_id: 'order-2' } });
    expect(await control.call('GET', 'wrong-charges')).toMatchObject({
      body: { orders: [{ orderId: 'order-2', asked: { amount: 1_250 }, charged: { amount: 1_300 } }] },
    });
    expect(await control.order('order-2')).toMatchObject({ captured: 1_300, captures: 1 });
  });
});

function manyKeys(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`key-${index}`, 'x']));
}
