import { afterEach, describe, expect, test } from '@jest/globals';
import Stripe from 'stripe';
import { cleanUp, openSandbox, payment, stripeClient, stripeError } from '../support/sandbox.js';

afterEach(cleanUp);

describe('access to the sandbox', () => {
  test('needs the right key', async () => {
    const { running } = await openSandbox({ secretKey: 'sk_test_other' });
    const wrong = stripeClient(running.port).paymentIntents.list();
    expect(await stripeError(wrong)).toBeInstanceOf(Stripe.errors.StripeAuthenticationError);
    const right = stripeClient(running.port, { key: 'sk_test_other' }).paymentIntents.list();
    expect((await right).data).toEqual([]);
    const without = await fetch(`${running.url}/v1/payment_intents`);
    expect(without.status).toBe(401);
    expect(without.headers.get('request-id')).toMatch(/^req_/);
  });

  test('to other paths is refused', async () => {
    const { stripe, running } = await openSandbox();
    expect(await stripeError(stripe.customers.list())).toMatchObject({ statusCode: 404 });
    expect((await fetch(`${running.url}/_sandbox/nothing`)).status).toBe(404);
    const health = await fetch(`${running.url}/_sandbox/health`);
    expect(await health.json()).toEqual({ status: 'ok' });
  });
});

describe('lists of the sandbox', () => {
  test('are sorted newest first, and read page by page', async () => {
    const { stripe } = await openSandbox();
    const ids: string[] = [];
    for (let made = 0; made < 7; made += 1) {
      ids.unshift((await stripe.paymentIntents.create(payment(`order-${made}`))).id);
    }
    const first = await stripe.paymentIntents.list({ limit: 3 });
    expect(first.has_more).toBe(true);
    expect(first.data.map(({ id }) => id)).toEqual(ids.slice(0, 3));
    const second = await stripe.paymentIntents.list({ limit: 3, starting_after: ids[2] ?? '' });
    expect(second.data.map(({ id }) => id)).toEqual(ids.slice(3, 6));
    const back = await stripe.paymentIntents.list({ limit: 2, ending_before: ids[5] ?? '' });
    expect(back).toMatchObject({ has_more: true });
    expect(back.data.map(({ id }) => id)).toEqual(ids.slice(3, 5));
    const last = await stripe.paymentIntents.list({ limit: 3, starting_after: ids[5] ?? '' });
    expect(last).toMatchObject({ has_more: false });
    expect(last.data.map(({ id }) => id)).toEqual(ids.slice(6));

    const walked: string[] = [];
    for await (const intent of stripe.paymentIntents.list({ limit: 2 })) walked.push(intent.id);
    expect(walked).toEqual(ids);
    const oldest = (await stripe.paymentIntents.retrieve(ids[6] ?? '')).created;
    expect((await stripe.paymentIntents.list({ created: { gte: oldest } })).data).toHaveLength(7);
    expect((await stripe.paymentIntents.list({ created: { lt: oldest } })).data).toHaveLength(0);
    expect(await stripeError(stripe.paymentIntents.list({ limit: 101 }))).toMatchObject({ param: 'limit' });
    expect(await stripeError(stripe.paymentIntents.list({ starting_after: 'pi_none' }))).toMatchObject({
      code: 'resource_missing',
      param: 'starting_after',
    });
  });
});

describe('form bodies sent to the sandbox', () => {
  const post = async (url: string, body: string): Promise<{ status: number; body: unknown }> => {
    const response = await fetch(`${url}/v1/payment_intents`, {
      method: 'POST',
      headers: {
        Authorization: 'Bearer sk_test_sandbox',
        'Content-Type': 'application/x-www-form-urlencoded',
      },
      body,
    });
    return { status: response.status, body: await response.json() };
  };

  test('may hold hashes and arrays in brackets', async () => {
    const { running } = await openSandbox();
    const created = await post(
      running.url,
      'amount=50&currency=eur&metadata%5Border_id%5D=a%26b&metadata[note]=two+words' +
        '&payment_method_types[]=card&allowed_payment_method_types[0]=card&allowed_payment_method_types[1]=link',
    );
    expect(created).toMatchObject({
      status: 200,
      body: {
        metadata: { order_id: 'a&b', note: 'two words' },
        allowed_payment_method_types: ['card', 'link'],
        payment_method_types: ['card'],
      },
    });
  });

  test.each([
    ['amount=50&currency=eur&metadata[a=1', 'metadata[a'],
    ['amount=50&currency=eur&metadata=x&metadata[a]=1', 'metadata[a]'],
    ['amount=50&currency=eur&payment_method_types[]=cash', 'allowed_payment_method_types'],
    ['amount[x]=5&currency=eur', 'amount'],
    ['amount=50&currency=eur&__proto__[x]=1', '__proto__'],
  ])('with invalid parameters are refused: %s', async (text, param) => {
    const { running } = await openSandbox();
    expect(await post(running.url, text)).toMatchObject({
      status: 400,
      body: { error: { type: 'invalid_request_error', param } },
    });
  });

  test('with broken escapes are refused', async () => {
    const { running } = await openSandbox();
    expect(await post(running.url, 'amount=%E0%A4%A')).toMatchObject({ status: 400 });
  });
});
