import { afterEach, describe, expect, test } from '@jest/globals';
import Stripe from 'stripe';
import { cleanUp, openSandbox, payment, stripeError } from '../support/sandbox.js';

afterEach(cleanUp);

describe('payment intents of the sandbox', () => {
  test('are created, confirmed and retrieved', async () => {
    const { stripe, control } = await openSandbox();
    const created = await stripe.paymentIntents.create(payment('order-1', { description: 'Tea & bread' }));
    expect(created).toMatchObject({
      object: 'payment_intent',
      status: 'requires_confirmation',
      amount: 1250,
      amount_received: 0,
      currency: 'eur',
      description: 'Tea & bread',
      latest_charge: null,
      metadata: { order_id: 'order-1' },
    });
    expect(created.lastResponse.requestId).toMatch(/^req_/);

    const confirmed = await stripe.paymentIntents.confirm(created.id);
    expect(confirmed).toMatchObject({ id: created.id, status: 'succeeded', amount_received: 1250 });
    expect(confirmed.latest_charge).toMatch(/^ch_/);
    expect(await stripe.paymentIntents.retrieve(created.id)).toEqual(confirmed);
    expect(await control.order('order-1')).toEqual({
      orderId: 'order-1',
      orderKey: null,
      captured: 1250,
      refunded: 0,
      currency: 'eur',
      captures: 1,
      refunds: 0,
    });
    expect(await control.requests('?order=order-1')).toMatchObject({
      'payment_intents.create': 1,
      'payment_intents.confirm': 1,
      'payment_intents.retrieve': 1,
      'payment_intents.cancel': 0,
    });
  });

  test.each(['pm_card_visa', 'pm_card_mastercard', 'pm_card_amex'])(
    'charge %s at once with confirm',
    async (method) => {
      const { stripe } = await openSandbox();
      const intent = await stripe.paymentIntents.create(
        payment('order-1', { payment_method: method, confirm: true, off_session: true }),
      );
      expect(intent).toMatchObject({ status: 'succeeded', payment_method: method, amount_received: 1250 });
    },
  );

  test.each([
    ['pm_card_chargeDeclined', 'card_declined', 'generic_decline'],
    ['pm_card_visa_chargeDeclined', 'card_declined', 'generic_decline'],
    ['pm_card_chargeDeclinedInsufficientFunds', 'card_declined', 'insufficient_funds'],
    ['pm_card_chargeDeclinedLostCard', 'card_declined', 'lost_card'],
    ['pm_card_chargeDeclinedStolenCard', 'card_declined', 'stolen_card'],
    ['pm_card_chargeDeclinedFraudulent', 'card_declined', 'fraudulent'],
    ['pm_card_chargeDeclinedExpiredCard', 'expired_card', 'expired_card'],
    ['pm_card_chargeDeclinedIncorrectCvc', 'incorrect_cvc', 'incorrect_cvc'],
    ['pm_card_chargeDeclinedProcessingError', 'processing_error', 'processing_error'],
    ['pm_card_authenticationRequired', 'authentication_required', 'authentication_required'],
  ])('are declined for %s', async (method, code, declineCode) => {
    const { stripe, control } = await openSandbox();
    const { id } = await stripe.paymentIntents.create(payment('order-1', { payment_method: method }));
    const error = await stripeError(stripe.paymentIntents.confirm(id, { off_session: true }));
    expect(error).toBeInstanceOf(Stripe.errors.StripeCardError);
    expect(error).toMatchObject({ statusCode: 402, code, decline_code: declineCode });
    expect(error.payment_intent).toMatchObject({ id, status: 'requires_payment_method' });
    expect(await stripe.paymentIntents.retrieve(id)).toMatchObject({
      status: 'requires_payment_method',
      payment_method: null,
      amount_received: 0,
      last_payment_error: { type: 'card_error', code, decline_code: declineCode },
    });
    expect(await control.order('order-1')).toMatchObject({ captured: 0, captures: 0 });

    const paid = await stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' });
    expect(paid).toMatchObject({ status: 'succeeded', last_payment_error: null });
  });

  test('are not confirmed or canceled twice', async () => {
    const { stripe } = await openSandbox();
    const paid = await stripe.paymentIntents.create(payment('order-1', { confirm: true }));
    const open = await stripe.paymentIntents.create(payment('order-2'));
    const canceled = await stripe.paymentIntents.cancel(open.id, { cancellation_reason: 'abandoned' });
    expect(canceled).toMatchObject({ status: 'canceled', cancellation_reason: 'abandoned' });
    expect(canceled.canceled_at).toBeGreaterThan(0);
    for (const refused of [
      stripe.paymentIntents.confirm(paid.id),
      stripe.paymentIntents.cancel(paid.id),
      stripe.paymentIntents.confirm(canceled.id),
      stripe.paymentIntents.cancel(canceled.id),
    ]) {
      const error = await stripeError(refused);
      expect(error).toMatchObject({ statusCode: 400, code: 'payment_intent_unexpected_state' });
      expect(error.payment_intent?.status).toMatch(/^(succeeded|canceled)$/);
    }
  });

  test('can not be confirmed without a payment method', async () => {
    const { stripe } = await openSandbox();
    const { id, status } = await stripe.paymentIntents.create({ amount: 50, currency: 'usd' });
    expect(status).toBe('requires_payment_method');
    expect(await stripeError(stripe.paymentIntents.confirm(id))).toMatchObject({
      code: 'payment_intent_unexpected_state',
    });
    expect(
      await stripeError(stripe.paymentIntents.create({ amount: 50, currency: 'usd', confirm: true })),
    ).toMatchObject({ code: 'parameter_missing', param: 'payment_method' });
  });

  test('need a return_url for methods that may redirect', async () => {
    const { stripe } = await openSandbox();
    const methods = { automatic_payment_methods: { enabled: true } };
    const { id } = await stripe.paymentIntents.create(payment('order-1', methods));
    expect(await stripeError(stripe.paymentIntents.confirm(id))).toMatchObject({ param: 'return_url' });
    const never = {
      ...methods,
      automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
      confirm: true,
    };
    expect(await stripe.paymentIntents.create(payment('order-2', never))).toMatchObject({
      status: 'succeeded',
      automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
    });
  });

  test.each([
    ['no amount', { amount: undefined }, 'parameter_missing', 'amount'],
    ['a zero amount', { amount: 0 }, 'parameter_invalid_integer', 'amount'],
    ['a broken amount', { amount: 1.5 }, 'parameter_invalid_integer', 'amount'],
    ['too large an amount', { amount: 100_000_000 }, 'amount_too_large', 'amount'],
    ['an upper case currency', { currency: 'EUR' }, undefined, 'currency'],
    ['an unknown parameter', { colour: 'red' }, 'parameter_unknown', 'colour'],
    ['an unknown payment method', { payment_method: 'pm_nobody' }, 'resource_missing', 'payment_method'],
    ['an empty description', { description: '' }, 'parameter_invalid_empty', 'description'],
  ])('are refused with %s', async (_name, change, code, param) => {
    const { stripe, control } = await openSandbox();
    const error = await stripeError(stripe.paymentIntents.create(payment('order-1', change)));
    expect(error).toBeInstanceOf(Stripe.errors.StripeInvalidRequestError);
    expect(error).toMatchObject({ statusCode: 400, code, param });
    expect((await control.ledger()).orders).toEqual([]);
  });

  test('that do not exist are not found', async () => {
    const { stripe } = await openSandbox();
    const missing = { statusCode: 404, code: 'resource_missing', param: 'intent' };
    expect(await stripeError(stripe.paymentIntents.retrieve('pi_none'))).toMatchObject(missing);
    expect(await stripeError(stripe.paymentIntents.confirm('pi_none'))).toMatchObject(missing);
    expect(await stripeError(stripe.paymentIntents.cancel('pi_none'))).toMatchObject(missing);
  });
});
