import { afterEach, describe, expect, test } from '@jest/globals';
import type { Control, TestSandbox } from '../support/sandbox.js';
import { waitFor } from '../support/wait-for.js';
import { cleanUp, openReceiver, openSandbox, payment, stripeError } from '../support/sandbox.js';

afterEach(cleanUp);

interface Paid extends TestSandbox {
  readonly id: string;
  /** Waits for this many events since the payment, and returns their types, sorted. */
  readonly events: (count: number) => Promise<string[]>;
  /** The objects of the events of one type. */
  readonly objects: (type: string) => unknown[];
}

/** A sandbox with webhooks, and one paid intent of 1,250 euro cents. */
async function openPaid(): Promise<Paid> {
  const { url, received } = await openReceiver();
  const sandbox = await openSandbox({ webhookUrl: url, webhookChaos: 0 });
  const { id } = await sandbox.stripe.paymentIntents.create(payment('order-1', { confirm: true }));
  await waitFor('webhooks', () => received.length === 2);
  received.length = 0;
  const events = async (count: number) => {
    const all = await waitFor('webhooks', () => received.length >= count && received);
    return all.map(({ event }) => event.type).sort();
  };
  const objects = (type: string) =>
    received.filter(({ event }) => event.type === type).map(({ event }) => event.data.object);
  return { ...sandbox, id, events, objects };
}

async function post(control: Control, path: string, body: object = {}): Promise<Record<string, unknown>> {
  const answer = await control.call('POST', path, body);
  expect(answer).toMatchObject({ status: 200 });
  return answer.body as Record<string, unknown>;
}

describe('a refund made outside the API', () => {
  test('returns a part, then the rest, and sends the events of each', async () => {
    const { control, stripe, id, events, objects } = await openPaid();
    const part = await post(control, 'refunds', { paymentIntent: id, amount: 250 });
    expect(part).toMatchObject({ object: 'refund', amount: 250, status: 'succeeded', payment_intent: id });
    expect(await events(2)).toEqual(['charge.refunded', 'refund.created']);
    expect(objects('charge.refunded')).toMatchObject([{ amount_refunded: 250, refunded: false }]);
    await post(control, 'refunds', { paymentIntent: id });
    expect(await events(4)).toHaveLength(4);
    expect(await stripe.refunds.list({ payment_intent: id })).toMatchObject({
      data: [{ amount: 1000 }, { amount: 250 }],
    });
    expect(await control.order('order-1')).toMatchObject({ captured: 1250, refunded: 1250, refunds: 2 });
  });

  test('that fails returns the money to the merchant, and can be repeated', async () => {
    const { control, stripe, id, events, objects } = await openPaid();
    const refund = await stripe.refunds.create({ payment_intent: id });
    expect(await events(2)).toHaveLength(2);
    const failed = await post(control, `refunds/${refund.id}/fail`);
    expect(failed).toMatchObject({ id: refund.id, status: 'failed' });
    expect((await events(5)).filter((type) => !['charge.refunded', 'refund.created'].includes(type))).toEqual(
      ['charge.refund.updated', 'refund.failed', 'refund.updated'],
    );
    expect(objects('refund.failed')).toMatchObject([{ id: refund.id, status: 'failed', payment_intent: id }]);
    expect(await stripe.refunds.retrieve(refund.id)).toMatchObject({
      status: 'failed',
      failure_reason: 'expired_or_canceled_card',
    });
    expect(await control.order('order-1')).toMatchObject({ captured: 1250, refunded: 0, refunds: 0 });
    expect(await stripe.refunds.create({ payment_intent: id })).toMatchObject({ amount: 1250 });
    expect((await stripe.refunds.list({ payment_intent: id })).data.map(({ status }) => status)).toEqual([
      'succeeded',
      'failed',
    ]);
    expect(await control.order('order-1')).toMatchObject({ refunded: 1250, refunds: 1 });
    expect(await control.call('POST', `refunds/${refund.id}/fail`, {})).toMatchObject({ status: 400 });
  });
});

describe('a dispute', () => {
  test('blocks refunds of its charge while it is open', async () => {
    const { control, stripe, id, events, objects } = await openPaid();
    const dispute = await post(control, 'disputes', { paymentIntent: id });
    expect(dispute).toMatchObject({
      object: 'dispute',
      amount: 1250,
      status: 'needs_response',
      livemode: false,
    });
    expect(await events(2)).toEqual(['charge.dispute.created', 'charge.dispute.funds_withdrawn']);
    expect(objects('charge.dispute.created')).toMatchObject([{ id: dispute['id'], payment_intent: id }]);
    const error = await stripeError(stripe.refunds.create({ payment_intent: id }));
    expect(error).toMatchObject({
      statusCode: 400,
      code: 'charge_disputed',
      rawType: 'invalid_request_error',
    });
    expect(error.param).toBeUndefined();
    expect(await control.call('POST', 'refunds', { paymentIntent: id })).toMatchObject({
      status: 400,
      body: { error: { code: 'charge_disputed' } },
    });
    expect(await control.order('order-1')).toMatchObject({ captured: 1250, refunded: 0 });
  });

  test('that is lost blocks refunds of its charge for good', async () => {
    const { control, stripe, id, events, objects } = await openPaid();
    expect(await post(control, 'disputes', { paymentIntent: id, outcome: 'lost' })).toMatchObject({
      status: 'lost',
    });
    expect(await events(3)).toEqual([
      'charge.dispute.closed',
      'charge.dispute.created',
      'charge.dispute.funds_withdrawn',
    ]);
    expect(objects('charge.dispute.created')).toMatchObject([{ status: 'needs_response' }]);
    expect(objects('charge.dispute.closed')).toMatchObject([{ status: 'lost' }]);
    const error = await stripeError(stripe.refunds.create({ payment_intent: id }));
    expect(error).toMatchObject({ code: 'charge_disputed' });
    expect(await control.call('POST', 'disputes', { paymentIntent: id })).toMatchObject({ status: 400 });
  });

  test('that is won is closed, and its charge can be refunded', async () => {
    const { control, stripe, id, events } = await openPaid();
    const open = await post(control, 'disputes', { paymentIntent: id });
    expect(await events(2)).toHaveLength(2);
    const won = await post(control, 'disputes', { paymentIntent: id, outcome: 'won' });
    expect(won).toMatchObject({ id: open['id'], status: 'won' });
    expect((await events(4)).filter((type) => /closed|reinstated/.test(type))).toEqual([
      'charge.dispute.closed',
      'charge.dispute.funds_reinstated',
    ]);
    expect(await stripe.refunds.create({ payment_intent: id })).toMatchObject({ amount: 1250 });
  });

  test('survives a restart, as does a failed refund', async () => {
    const { running, directory, control, stripe, id } = await openPaid();
    const refund = await stripe.refunds.create({ payment_intent: id, amount: 250 });
    await post(control, `refunds/${refund.id}/fail`);
    await post(control, 'disputes', { paymentIntent: id });
    await running.close();
    const next = await openSandbox({ dataDirectory: directory, compactBytes: 0 });
    expect(await stripeError(next.stripe.refunds.create({ payment_intent: id }))).toMatchObject({
      code: 'charge_disputed',
    });
    expect(await next.stripe.refunds.retrieve(refund.id)).toMatchObject({ status: 'failed' });
    expect(await next.control.order('order-1')).toMatchObject({ captured: 1250, refunded: 0, refunds: 0 });
  });
});

describe('money that moves outside the API', () => {
  test.each([
    ['refunds', { paymentIntent: 'pi_none' }, 400, /No such payment_intent/],
    ['refunds', { paymentIntent: 7 }, 400, /paymentIntent must be/],
    ['refunds', { paymentIntent: 'pi_none', amount: 0.5 }, 400, /amount must be/],
    ['refunds', { paymentIntent: 'pi_none', reason: 'x' }, 400, /Unknown field reason/],
    ['refunds', [], 400, /JSON object/],
    ['refunds/re_none/fail', {}, 404, /No such refund/],
    ['disputes', { paymentIntent: 'pi_none' }, 400, /No such payment_intent/],
    ['disputes', { paymentIntent: 'pi_none', outcome: 'drawn' }, 400, /won or lost/],
  ])('is refused for an invalid request: %s %j', async (path, body, status, message) => {
    const { control } = await openSandbox();
    const answer = await control.call('POST', path, body);
    expect(answer.status).toBe(status);
    expect((answer.body as { error: { message: string } }).error.message).toMatch(message);
  });

  test('needs a payment that succeeded', async () => {
    const { control, stripe } = await openSandbox();
    const { id: paymentIntent } = await stripe.paymentIntents.create(payment('order-1'));
    expect(await control.call('POST', 'refunds', { paymentIntent })).toMatchObject({ status: 400 });
    expect(await control.call('POST', 'disputes', { paymentIntent })).toMatchObject({ status: 400 });
  });
});
