import { afterEach, describe, expect, test } from '@jest/globals';
import Stripe from 'stripe';
import { cleanUp, openSandbox, payment, stripeError } from '../support/sandbox.js';

afterEach(cleanUp);

const KEY = { idempotencyKey: 'key-1' };

/** The fields of an error that the gateway sent. */
function sent({ raw }: Stripe.errors.StripeError): object {
  const { type, code, param } = raw as { type?: string; code?: string; param?: string };
  return { type, code, param };
}

describe('an amount', () => {
  test.each([
    ['eur', 99_999_999],
    ['eur', 50],
    ['gbp', 30],
    ['jpy', 50],
    ['huf', 17_500],
    ['huf', 17_501],
    ['twd', 101],
    ['mga', 1],
    ['isk', 500],
    ['ugx', 100],
    ['kwd', 5_120],
    ['omr', 10],
  ])('in %s of %i is charged', async (currency, amount) => {
    const { stripe, control } = await openSandbox();
    const paid = await stripe.paymentIntents.create(payment('order-1', { amount, currency, confirm: true }));
    expect(paid).toMatchObject({ status: 'succeeded', amount, currency, amount_received: amount });
    expect(await control.order('order-1')).toMatchObject({ captured: amount, currency });
  });

  test.each([
    ['eur', 100_000_000, 'amount_too_large', 'amount'],
    ['isk', 100_000_000, 'amount_too_large', 'amount'],
    ['eur', 1, 'amount_too_small', undefined],
    ['gbp', 29, 'amount_too_small', undefined],
    ['jpy', 49, 'amount_too_small', undefined],
    ['huf', 17_499, 'amount_too_small', undefined],
    ['isk', 501, undefined, 'amount'],
    ['ugx', 5, undefined, 'amount'],
    ['kwd', 5_124, undefined, 'amount'],
    ['bhd', 5, undefined, 'amount'],
  ])('in %s of %i is refused, and nothing is saved under the key', async (currency, amount, code, param) => {
    const { stripe } = await openSandbox();
    const wrong = payment('order-1', { amount, currency });
    for (const attempt of [1, 2]) {
      const error = await stripeError(stripe.paymentIntents.create(wrong, KEY));
      expect([attempt, error.statusCode, sent(error)]).toEqual([
        attempt,
        400,
        { type: 'invalid_request_error', code, param },
      ]);
      expect(error.headers?.['idempotent-replayed']).toBeUndefined();
    }
    expect(await stripe.paymentIntents.create(payment('order-1'), KEY)).toMatchObject({ amount: 1250 });
  });

  test('that the currency cannot express is not refunded', async () => {
    const { stripe, control } = await openSandbox();
    const dinars = payment('order-1', { amount: 5_120, currency: 'kwd', confirm: true });
    const { id } = await stripe.paymentIntents.create(dinars);
    const error = await stripeError(stripe.refunds.create({ payment_intent: id, amount: 5 }));
    expect(error).toMatchObject({ statusCode: 400, param: 'amount' });
    expect(await stripe.refunds.create({ payment_intent: id, amount: 20 })).toMatchObject({ amount: 20 });
    expect(await control.order('order-1')).toMatchObject({ captured: 5_120, refunded: 20 });
  });
});

describe('a currency', () => {
  test.each(['xxx', 'xts', 'xau', 'irr', 'kpw', 'eurs', 'EUR'])(
    'that cannot be charged is refused: %s',
    async (currency) => {
      const { stripe } = await openSandbox();
      const error = await stripeError(stripe.paymentIntents.create(payment('order-1', { currency })));
      expect([error.statusCode, sent(error)]).toEqual([
        400,
        { type: 'invalid_request_error', code: undefined, param: 'currency' },
      ]);
    },
  );
});

describe('a used payment method without a customer', () => {
  const refused = { type: 'invalid_request_error', code: undefined, param: undefined };

  test('is refused on create with neither code nor parameter, and replayed under the key', async () => {
    const { stripe, control } = await openSandbox();
    const again = payment('order-1', { payment_method: 'pm_used_visa' });
    const first = await stripeError(stripe.paymentIntents.create(again, KEY));
    expect(first).toBeInstanceOf(Stripe.errors.StripeInvalidRequestError);
    expect([first.statusCode, sent(first)]).toEqual([400, refused]);
    const second = await stripeError(stripe.paymentIntents.create(again, KEY));
    expect(second.headers?.['idempotent-replayed']).toBe('true');
    expect((await control.ledger()).orders).toEqual([]);
  });

  test('is refused on confirm, and leaves the intent unchanged', async () => {
    const { stripe } = await openSandbox();
    const { id } = await stripe.paymentIntents.create(payment('order-1'));
    const error = await stripeError(stripe.paymentIntents.confirm(id, { payment_method: 'pm_used_visa' }));
    expect([error.statusCode, sent(error)]).toEqual([400, refused]);
    expect(await stripe.paymentIntents.retrieve(id)).toMatchObject({ status: 'requires_confirmation' });
    expect(await stripe.paymentIntents.confirm(id)).toMatchObject({ status: 'succeeded' });
  });
});
