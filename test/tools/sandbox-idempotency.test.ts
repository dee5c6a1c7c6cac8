import { afterEach, describe, expect, test } from '@jest/globals';
import Stripe from 'stripe';
import { cleanUp, openSandbox, payment, stripeError } from '../support/sandbox.js';
import { waitFor } from '../support/wait-for.js';

afterEach(cleanUp);

const KEY = { idempotencyKey: 'key-1' };

describe('an idempotency key of the sandbox', () => {
  test('replays the first answer unchanged', async () => {
    const { stripe, control } = await openSandbox();
    const parameters = payment('order-1', { confirm: true });
    const first = await stripe.paymentIntents.create(parameters, KEY);
    const second = await stripe.paymentIntents.create(parameters, KEY);
    expect(second).toEqual(first);
    expect(first.lastResponse.headers['idempotent-replayed']).toBeUndefined();
    expect(second.lastResponse.headers).toMatchObject({
      'idempotent-replayed': 'true',
      'idempotency-key': 'key-1',
      'original-request': first.lastResponse.requestId,
    });
    expect(await control.order('order-1')).toMatchObject({ captured: 1250, captures: 1 });
  });

  test('replays a declined charge', async () => {
    const { stripe } = await openSandbox();
    const { id } = await stripe.paymentIntents.create(payment('order-1'));
    const declined = { payment_method: 'pm_card_chargeDeclined' };
    const first = await stripeError(stripe.paymentIntents.confirm(id, declined, KEY));
    await stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' });
    const second = await stripeError(stripe.paymentIntents.confirm(id, declined, KEY));
    expect(second).toMatchObject({ statusCode: 402, charge: first.charge });
    expect(second.headers).toMatchObject({ 'idempotent-replayed': 'true' });
  });

  test('replays an injected 500 until the keys are deleted', async () => {
    const { stripe, control } = await openSandbox();
    await control.addFault({ kind: 'http_500', endpoint: 'payment_intents.create', count: 1 });
    const parameters = payment('order-1', { confirm: true });
    const first = await stripeError(stripe.paymentIntents.create(parameters, KEY));
    expect(first).toBeInstanceOf(Stripe.errors.StripeAPIError);
    expect(first.headers?.['stripe-should-retry']).toBe('false');
    expect(await control.faults()).toEqual([]);
    const second = await stripeError(stripe.paymentIntents.create(parameters, KEY));
    expect(second).toMatchObject({ statusCode: 500 });
    expect(second.headers?.['idempotent-replayed']).toBe('true');
    expect((await control.ledger()).orders).toEqual([]);

    await control.call('DELETE', 'idempotency');
    expect(await stripe.paymentIntents.create(parameters, KEY)).toMatchObject({ status: 'succeeded' });
  });

  test('is refused for other parameters or another path', async () => {
    const { stripe } = await openSandbox();
    const { id } = await stripe.paymentIntents.create(payment('order-1'), KEY);
    for (const other of [
      stripe.paymentIntents.create(payment('order-1', { amount: 1251 }), KEY),
      stripe.paymentIntents.confirm(id, {}, KEY),
      stripe.refunds.create({ payment_intent: id }, KEY),
    ]) {
      const error = await stripeError(other);
      expect(error).toBeInstanceOf(Stripe.errors.StripeIdempotencyError);
      expect(error.statusCode).toBe(400);
    }
  });

  test('is refused while it is in flight', async () => {
    const { stripe, control } = await openSandbox();
    await control.addFault({ kind: 'latency', latencyMs: 3000, count: 1 });
    const first = stripe.paymentIntents.create(payment('order-1'), KEY);
    await waitFor('the request', async () => (await control.requests())['payment_intents.create'] === 1);
    const error = await stripeError(stripe.paymentIntents.create(payment('order-1'), KEY));
    expect(error).toMatchObject({ statusCode: 409, code: 'idempotency_key_in_use' });
    const { id } = await first;
    // The refusal was not saved: the key now replays the first answer.
    expect(await stripe.paymentIntents.create(payment('order-1'), KEY)).toMatchObject({ id });
  });

  test('is not consumed by a refusal before the work begins', async () => {
    const { stripe, control } = await openSandbox();
    const invalid = stripe.paymentIntents.create(payment('order-1', { amount: 0 }), KEY);
    expect(await stripeError(invalid)).toMatchObject({ statusCode: 400 });
    await control.addFault({ kind: 'http_429', count: 1 });
    const limited = await stripeError(stripe.paymentIntents.create(payment('order-1'), KEY));
    expect(limited.statusCode).toBe(429);
    const created = await stripe.paymentIntents.create(payment('order-1'), KEY);
    expect(created.lastResponse.headers['idempotent-replayed']).toBeUndefined();
  });

  test('expires after idempotencyTtlMs', async () => {
    const { stripe } = await openSandbox({ idempotencyTtlMs: 20 });
    const { id } = await stripe.paymentIntents.create(payment('order-1'), KEY);
    const other = await waitFor('another intent', async () => {
      const intent = await stripe.paymentIntents.create(payment('order-1'), KEY);
      return intent.id !== id && intent;
    });
    expect(other.lastResponse.headers['idempotent-replayed']).toBeUndefined();
  });
});
