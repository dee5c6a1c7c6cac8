import { afterEach, describe, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import {
  cleanUp,
  openReceiver,
  openSandbox,
  payment,
  stripeError,
  type TestSandbox,
  typesOf,
  waitingPayment,
} from '../support/sandbox.js';
import { waitFor } from '../support/wait-for.js';

afterEach(cleanUp);

const METHOD = 'pm_card_threeDSecure2Required';
const EXPAND = { expand: ['latest_charge'] };

interface Waiting extends TestSandbox {
  readonly id: string;
  /** Waits for this many events, and returns their types, sorted. */
  readonly events: (count: number) => Promise<string[]>;
}

/** A sandbox with webhooks, and one intent that waits for its customer. */
async function openWaiting(more: object = {}): Promise<Waiting> {
  const { url, received } = await openReceiver();
  const sandbox = await openSandbox({ webhookUrl: url, webhookChaos: 0 });
  const { id } = await sandbox.stripe.paymentIntents.create(waitingPayment(more));
  const events = async (count: number) =>
    typesOf(await waitFor('webhooks', () => received.length >= count && received));
  return { ...sandbox, id, events };
}

/** As JSON, without what the stripe package adds. */
async function plain(intent: Promise<Stripe.PaymentIntent>): Promise<unknown> {
  return JSON.parse(JSON.stringify(await intent));
}

describe('a customer who is authenticated', () => {
  test('pays', async () => {
    const { stripe, control, id, events } = await openWaiting();
    const answer = await control.answerBank(id, 'succeeded');
    expect(answer).toEqual({ status: 200, body: await plain(stripe.paymentIntents.retrieve(id)) });
    expect(await stripe.paymentIntents.retrieve(id, EXPAND)).toMatchObject({
      status: 'succeeded',
      next_action: null,
      payment_method: METHOD,
      amount_received: 1250,
      latest_charge: { payment_method_details: { card: { three_d_secure: { result: 'authenticated' } } } },
    });
    expect(await control.order('order-1')).toMatchObject({ captured: 1250, captures: 1 });
    expect(await events(3)).toEqual([
      'payment_intent.created',
      'payment_intent.requires_action',
      'payment_intent.succeeded',
    ]);
    expect(await control.answerBank(id, 'failed')).toMatchObject({ status: 400 });
    await stripe.refunds.create({ payment_intent: id });
    expect(await control.order('order-1')).toMatchObject({ captured: 1250, refunded: 1250 });
  });

  test.each([
    ['pm_card_threeDSecureRequiredChargeDeclined', 'generic_decline'],
    ['pm_card_authenticationRequiredChargeDeclinedInsufficientFunds', 'insufficient_funds'],
  ])('may be declined: %s', async (method, declineCode) => {
    const { stripe, control, id, events } = await openWaiting({ payment_method: method });
    expect(await control.answerBank(id, 'succeeded')).toMatchObject({
      status: 200,
      body: { id, status: 'requires_payment_method' },
    });
    expect(await stripe.paymentIntents.retrieve(id, EXPAND)).toMatchObject({
      payment_method: null,
      last_payment_error: { type: 'card_error', code: 'card_declined', decline_code: declineCode },
      latest_charge: { status: 'failed', outcome: { reason: declineCode } },
    });
    expect(await control.order('order-1')).toMatchObject({ captured: 0 });
    expect(await events(3)).toContain('payment_intent.payment_failed');
  });

  test('leaves the confirmation to the shop where it is manual', async () => {
    const { stripe, control, id } = await openWaiting({ confirmation_method: 'manual' });
    const { body } = await control.answerBank(id, 'succeeded');
    expect(body).toMatchObject({ status: 'requires_confirmation', amount_received: 0 });
    const other = { payment_method: 'pm_card_authenticationRequired' };
    expect((await stripe.paymentIntents.confirm(id, other)).status).toBe('requires_action');
    await control.answerBank(id, 'succeeded');
    const paid = await stripe.paymentIntents.confirm(id);
    expect(paid).toMatchObject({ status: 'succeeded', amount_received: 1250, ...other });
  });
});

describe('a customer who is not authenticated', () => {
  test('does not pay, and can use another card', async () => {
    const { stripe, control, id, events } = await openWaiting();
    await control.answerBank(id, 'failed');
    const failed = await stripe.paymentIntents.retrieve(id);
    expect(failed).toMatchObject({
      status: 'requires_payment_method',
      next_action: null,
      payment_method: null,
      latest_charge: null,
    });
    expect(failed.last_payment_error).toEqual({
      type: 'invalid_request_error',
      code: 'payment_intent_authentication_failure',
      message: expect.stringContaining('has failed authentication'),
      payment_method: expect.objectContaining({ id: METHOD }),
    });
    expect(await events(3)).toContain('payment_intent.payment_failed');
    expect(await control.order('order-1')).toMatchObject({ captured: 0 });
    const paid = await stripe.paymentIntents.confirm(id, { payment_method: 'pm_card_visa' });
    expect(paid).toMatchObject({ status: 'succeeded', last_payment_error: null });
  });

  test('leaves an earlier failed charge as the latest one', async () => {
    const { stripe, control } = await openSandbox();
    const { id } = await stripe.paymentIntents.create(payment('order-1'));
    const lost = { payment_method: 'pm_card_chargeDeclinedLostCard' };
    const { charge } = await stripeError(stripe.paymentIntents.confirm(id, lost));
    const waiting = await stripe.paymentIntents.confirm(id, { payment_method: METHOD });
    expect(waiting).toMatchObject({ latest_charge: charge, last_payment_error: null });
    const declined = { id: charge, status: 'failed', paid: false, outcome: { reason: 'lost_card' }, ...lost };
    const latest = async () => (await stripe.paymentIntents.retrieve(id, EXPAND)).latest_charge;
    expect(await latest()).toMatchObject(declined);
    await control.answerBank(id, 'failed');
    expect(await latest()).toMatchObject(declined);
  });
});

describe('the control path of authentications', () => {
  test('refuses what is no answer to a waiting payment', async () => {
    const { stripe, control } = await openSandbox();
    const { id } = await stripe.paymentIntents.create(payment('order-1'));
    expect(await control.answerBank('pi_none', 'succeeded')).toMatchObject({ status: 404 });
    expect(await control.answerBank(id, 'succeeded')).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringContaining('requires_confirmation') } },
    });
    expect(await control.answerBank(id, 'maybe')).toMatchObject({
      status: 400,
      body: { error: { param: 'outcome' } },
    });
    expect(await control.call('POST', 'authenticate', { id })).toMatchObject({ status: 400 });
  });

  test('refuses other pages, and bodies that are not JSON', async () => {
    const { stripe, running, id } = await openWaiting();
    const body = JSON.stringify({ paymentIntent: id, outcome: 'succeeded' });
    const send = (headers: Record<string, string>) =>
      fetch(`${running.url}/_sandbox/authenticate`, { method: 'POST', headers, body });
    expect((await send({ 'content-type': 'text/plain' })).status).toBe(415);
    const origin = 'http://evil.example';
    expect((await send({ 'content-type': 'application/json', origin })).status).toBe(403);
    expect(await stripe.paymentIntents.retrieve(id)).toMatchObject({ status: 'requires_action' });
  });
});
