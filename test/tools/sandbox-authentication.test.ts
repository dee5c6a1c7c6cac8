import { afterEach, describe, expect, test } from '@jest/globals';
import Stripe from 'stripe';
import {
  bankPageOf,
  cleanUp,
  openSandbox,
  payment,
  stripeError,
  waitingPayment,
} from '../support/sandbox.js';

afterEach(cleanUp);

const METHOD = 'pm_card_threeDSecure2Required';
const ALWAYS = [
  METHOD,
  'pm_card_threeDSecureRequiredChargeDeclined',
  'pm_card_authenticationRequired',
  'pm_card_authenticationRequiredOnSetup',
];
const SET_UP = 'pm_card_authenticationRequiredSetupForOffSession';
const WITHOUT_FUNDS = 'pm_card_authenticationRequiredChargeDeclinedInsufficientFunds';

describe('a payment that needs its customer', () => {
  test.each([...ALWAYS, SET_UP, WITHOUT_FUNDS])('waits for the customer: %s', async (method) => {
    const { stripe, control, running } = await openSandbox({ searchDelayMs: 0 });
    const { id } = await stripe.paymentIntents.create(payment('order-1', { payment_method: method }));
    const waiting = await stripe.paymentIntents.confirm(id, { use_stripe_sdk: true });
    const secret = String(waiting.client_secret);
    expect(secret).toMatch(new RegExp(`^${id}_secret_`));
    const url = `${running.url}/bank/${id}?client_secret=${secret}`;
    expect(waiting).toMatchObject({
      status: 'requires_action',
      next_action: { type: 'redirect_to_url', redirect_to_url: { url, return_url: null } },
      payment_method: method,
      latest_charge: null,
      last_payment_error: null,
      amount_received: 0,
    });
    expect(await stripe.paymentIntents.retrieve(id)).toEqual(waiting);
    expect((await stripe.paymentIntents.list()).data).toEqual([waiting]);
    const query = "metadata['order_id']:'order-1'";
    expect((await stripe.paymentIntents.search({ query })).data).toEqual([waiting]);
    expect(await control.order('order-1')).toMatchObject({ captured: 0, captures: 0 });
    const refund = stripe.refunds.create({ payment_intent: id });
    expect(await stripeError(refund)).toMatchObject({ statusCode: 400 });
  });

  test.each([
    ...ALWAYS.map((method) => [method, 'off_session']),
    ...[...ALWAYS, SET_UP, WITHOUT_FUNDS].map((method) => [method, 'error_on_requires_action']),
  ])('is declined where the customer cannot be asked: %s with %s', async (method, parameter) => {
    const { stripe, control } = await openSandbox();
    const parameters = waitingPayment({ payment_method: method, [parameter]: true });
    const error = await stripeError(stripe.paymentIntents.create(parameters));
    expect(error).toBeInstanceOf(Stripe.errors.StripeCardError);
    expect(error).toMatchObject({ statusCode: 402, code: 'authentication_required' });
    expect(error.payment_intent).toMatchObject({ status: 'requires_payment_method', next_action: null });
    expect(await control.order('order-1')).toMatchObject({ captured: 0 });
  });

  test('needs none off-session with a card that is set up for it', async () => {
    const { stripe } = await openSandbox();
    const create = (method: string) =>
      stripe.paymentIntents.create(waitingPayment({ payment_method: method, off_session: true }));
    expect(await create(SET_UP)).toMatchObject({ status: 'succeeded' });
    expect(await stripeError(create(WITHOUT_FUNDS))).toMatchObject({ decline_code: 'insufficient_funds' });
  });

  test.each(['pm_card_threeDSecureOptional', 'pm_card_amex_threeDSecureNotSupported'])(
    'is none with a card whose bank does not ask: %s',
    async (method) => {
      const { stripe } = await openSandbox();
      const paid = await stripe.paymentIntents.create(waitingPayment({ payment_method: method }));
      expect(paid).toMatchObject({ status: 'succeeded', payment_method: method });
    },
  );

  test('can be canceled', async () => {
    const { stripe, control } = await openSandbox();
    const { id } = await stripe.paymentIntents.create(waitingPayment());
    const canceled = await stripe.paymentIntents.cancel(id);
    expect(canceled).toMatchObject({ status: 'canceled', next_action: null });
    expect(await control.answerBank(id, 'succeeded')).toMatchObject({ status: 400 });
    expect(await control.order('order-1')).toMatchObject({ captured: 0 });
  });

  test('can be confirmed again, with the same card or another one', async () => {
    const { stripe, control } = await openSandbox();
    const { id, client_secret } = await stripe.paymentIntents.create(waitingPayment());
    const again = await stripe.paymentIntents.confirm(id);
    expect(again).toMatchObject({ status: 'requires_action', payment_method: METHOD, client_secret });
    const paid = await stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' });
    expect(paid).toMatchObject({ status: 'succeeded', next_action: null });
    expect(await control.answerBank(id, 'failed')).toMatchObject({ status: 400 });
    expect(await control.order('order-1')).toMatchObject({ captured: 1250, captures: 1 });
  });

  test('has the public address of the sandbox, and the return_url', async () => {
    const { stripe } = await openSandbox({ publicUrl: 'https://bank.example' });
    const returnUrl = 'https://shop.example/return';
    const waiting = await stripe.paymentIntents.create(waitingPayment({ return_url: returnUrl }));
    expect(bankPageOf(waiting)).toMatch(/^https:\/\/bank\.example\/bank\/pi_/);
    expect(waiting.next_action?.redirect_to_url?.return_url).toBe(returnUrl);
  });

  test.each(['javascript:alert(1)', 'shop.example', 'https://'])(
    'is refused with a return_url that no browser can be sent to: %s',
    async (url) => {
      const { stripe } = await openSandbox();
      const refused = stripe.paymentIntents.create(waitingPayment({ return_url: url }));
      expect(await stripeError(refused)).toMatchObject({
        statusCode: 400,
        code: 'url_invalid',
        param: 'return_url',
      });
    },
  );
});
