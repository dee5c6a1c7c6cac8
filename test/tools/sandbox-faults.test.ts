import { afterEach, describe, expect, test } from '@jest/globals';
import Stripe from 'stripe';
import { cleanUp, openSandbox, payment, stripeClient, stripeError } from '../support/sandbox.js';
import { waitFor } from '../support/wait-for.js';

afterEach(cleanUp);

describe('a fault of the sandbox:', () => {
  test('latency delays answers of its endpoint only', async () => {
    const { running, stripe, control } = await openSandbox();
    await control.addFault({ kind: 'latency', endpoint: 'payment_intents.create', latencyMs: 60_000 });
    let answered = false;
    const slow = stripeError(stripe.paymentIntents.create(payment('order-1'))).then(() => {
      answered = true;
    });
    await waitFor('the request', async () => (await control.requests())['payment_intents.create'] === 1);
    await stripe.paymentIntents.list();
    expect(answered).toBe(false);
    await running.close();
    await slow;
    expect(answered).toBe(true);
  });

  test('http_500 answers without doing the work', async () => {
    const { stripe, control } = await openSandbox();
    const { id } = await stripe.paymentIntents.create(payment('order-1'));
    await control.addFault({ kind: 'http_500', endpoint: 'payment_intents.confirm', count: 2 });
    const error = await stripeError(stripe.paymentIntents.confirm(id));
    expect(error).toBeInstanceOf(Stripe.errors.StripeAPIError);
    expect(error).toMatchObject({ statusCode: 500, rawType: 'api_error' });
    expect(await control.faults()).toMatchObject([{ kind: 'http_500', count: 2, struck: 1 }]);
    expect(await control.order('order-1')).toMatchObject({ captured: 0 });
    expect(await stripe.paymentIntents.retrieve(id)).toMatchObject({ status: 'requires_confirmation' });
  });

  test('http_429 answers with a Retry-After header', async () => {
    const { stripe, control } = await openSandbox();
    await control.addFault({ kind: 'http_429' });
    const error = await stripeError(stripe.paymentIntents.list());
    expect(error).toBeInstanceOf(Stripe.errors.StripeRateLimitError);
    expect(error.headers?.['retry-after']).toBe('1');
    await control.clearFaults();
    expect((await stripe.paymentIntents.list()).data).toEqual([]);
  });

  test.each(['Sat, 28 Nov 2026 12:00:00 GMT', '86400', '9999999999', '-1', 'soon', ''])(
    'http_429 sends a given Retry-After header unchanged: "%s"',
    async (retryAfter) => {
      const { stripe, control } = await openSandbox();
      await control.addFault({ kind: 'http_429', retryAfter, count: 1 });
      const error = await stripeError(stripe.paymentIntents.list());
      expect(error).toMatchObject({ statusCode: 429, code: 'rate_limit', rawType: 'rate_limit_error' });
      expect(error.headers?.['retry-after']).toBe(retryAfter);
    },
  );

  test('rate_limit refuses requests beyond the rate of one endpoint, and serves the others', async () => {
    const { stripe, control } = await openSandbox();
    await control.addFault({ kind: 'rate_limit', perSecond: 1 });
    const error = await waitFor('a refusal', async () => {
      const answer = await stripe.paymentIntents
        .create(payment('order-1'))
        .catch((refusal: unknown) => refusal);
      return answer instanceof Stripe.errors.StripeError && answer;
    });
    expect(error).toBeInstanceOf(Stripe.errors.StripeRateLimitError);
    const { statusCode, code, headers } = error;
    expect({ statusCode, code }).toEqual({ statusCode: 429, code: 'rate_limit' });
    expect(headers).toMatchObject({ 'stripe-rate-limited-reason': 'endpoint-rate', 'retry-after': '1' });
    expect((await stripe.refunds.list()).data).toEqual([]);
    expect(await control.faults()).toMatchObject([{ kind: 'rate_limit', perSecond: 1 }]);
    await control.clearFaults();
    expect(await stripe.paymentIntents.create(payment('order-1'))).toMatchObject({ amount: 1250 });
  });

  test('charged_then_timeout takes the money and never answers', async () => {
    const { running, stripe, control } = await openSandbox();
    await control.addFault({ kind: 'charged_then_timeout', endpoint: 'payment_intents.create', count: 1 });
    const impatient = stripeClient(running.port, { timeout: 300 });
    const key = { idempotencyKey: 'key-1' };
    const parameters = payment('order-1', { confirm: true });
    const error = await stripeError(impatient.paymentIntents.create(parameters, key));
    expect(error).toBeInstanceOf(Stripe.errors.StripeConnectionError);
    expect(await control.order('order-1')).toMatchObject({ captured: 1250, captures: 1 });
    expect(await stripe.paymentIntents.create(parameters, key)).toMatchObject({ status: 'succeeded' });
    expect(await control.order('order-1')).toMatchObject({ captured: 1250, captures: 1 });
  });

  test('charged_then_reset takes the money and cuts the connection', async () => {
    const { stripe, control } = await openSandbox();
    // The client retries once under the same key; that connection is cut as well.
    await control.addFault({ kind: 'charged_then_reset', endpoint: 'payment_intents.create', count: 2 });
    const key = { idempotencyKey: 'key-1' };
    const parameters = payment('order-1', { confirm: true });
    const error = await stripeError(stripe.paymentIntents.create(parameters, key));
    expect(error).toBeInstanceOf(Stripe.errors.StripeConnectionError);
    expect(await control.order('order-1')).toMatchObject({ captured: 1250, captures: 1 });
    expect(await stripe.paymentIntents.create(parameters, key)).toMatchObject({ status: 'succeeded' });
    expect(await control.order('order-1')).toMatchObject({ captured: 1250, captures: 1 });
  });

  test('outage cuts every API connection, and keeps the control endpoints', async () => {
    const { stripe, control } = await openSandbox();
    await stripe.paymentIntents.create(payment('order-1'));
    await control.addFault({ kind: 'outage' });
    const error = await stripeError(stripe.paymentIntents.create(payment('order-2')));
    expect(error).toBeInstanceOf(Stripe.errors.StripeConnectionError);
    expect((await control.ledger()).orders).toHaveLength(1);
    await control.clearFaults();
    expect((await stripe.paymentIntents.list()).data).toHaveLength(1);
  });

  test('outage cuts requests that wait for their answer', async () => {
    const { stripe, control } = await openSandbox();
    await control.addFault({ kind: 'latency', latencyMs: 60_000, count: 1 });
    const waiting = stripeError(stripe.paymentIntents.list());
    await waitFor('the request', async () => (await control.requests())['payment_intents.list'] === 1);
    await control.addFault({ kind: 'outage' });
    expect(await waiting).toBeInstanceOf(Stripe.errors.StripeConnectionError);
  });

  test('every kind ends after its duration', async () => {
    const { stripe, control } = await openSandbox();
    await control.addFault({ kind: 'http_500', durationMs: 50 });
    await waitFor('the end of the faults', async () => (await control.faults()).length === 0);
    expect((await stripe.paymentIntents.list()).data).toEqual([]);
  });

  test('every kind strikes with its probability', async () => {
    const draws = [0.3, 0.2];
    const { stripe, control } = await openSandbox({ random: () => draws.shift() ?? 0.9 });
    await control.addFault({ kind: 'http_500', probability: 0.25 });
    await stripe.paymentIntents.list();
    expect(await stripeError(stripe.paymentIntents.list())).toMatchObject({ statusCode: 500 });
    await stripe.paymentIntents.list();
    expect(await control.faults()).toMatchObject([{ probability: 0.25, struck: 1 }]);
  });

  test.each([
    [{ kind: 'flood' }, /unknown kind "flood"/],
    [{ kind: 'outage', endpoint: 'customers.create' }, /unknown endpoint "customers.create"/],
    [{ kind: 'outage', probability: 2 }, /probability/],
    [{ kind: 'outage', count: 0 }, /count/],
    [{ kind: 'outage', durationMs: 'long' }, /durationMs/],
    [{ kind: 'latency' }, /latencyMs/],
    [{ kind: 'latency', latencyMs: -1 }, /latencyMs/],
    [{ kind: 'outage', latencyMs: 5 }, /latencyMs belongs to the kind latency/],
    [{ kind: 'outage', until: 5 }, /unknown field until/],
    [{ kind: 'rate_limit' }, /needs perSecond/],
    [{ kind: 'rate_limit', perSecond: 0.5 }, /perSecond must be a whole number/],
    [{ kind: 'http_500', retryAfter: '1' }, /retryAfter belongs to the kind http_429/],
    [{ kind: 'http_429', retryAfter: 'a\r\nb' }, /retryAfter must be printable/],
    [{ kind: 'http_429', retryAfter: 5 }, /retryAfter must be printable/],
    [{ kind: 'wrong_amount' }, /needs amount, currency, or both/],
    [{ kind: 'wrong_amount', currency: 'EUR' }, /three lower-case letters/],
    [{ kind: 'wrong_amount', amount: 1, endpoint: 'payment_intents.create' }, /strikes .*confirm only/],
    [[], /JSON object/],
  ])('an invalid one is refused: %j', async (fault, message) => {
    const { control } = await openSandbox();
    const { status, body } = await control.call('POST', 'faults', fault);
    expect(status).toBe(400);
    expect((body as { error: { message: string } }).error.message).toMatch(message);
    expect(await control.faults()).toEqual([]);
  });

  test('a new one is answered with its id', async () => {
    const { control } = await openSandbox();
    const fault = { kind: 'latency', endpoint: 'refunds.list', probability: 0.5, count: 3, latencyMs: 20 };
    const { status, body } = await control.call('POST', 'faults', fault);
    expect(status).toBe(200);
    expect(body).toMatchObject({ ...fault, id: expect.stringMatching(/^fault_/) });
  });
});
