import { afterEach, describe, expect, jest, test } from '@jest/globals';
import Stripe from 'stripe';
import { cleanUp, openSandbox, payment, stripeError } from '../support/sandbox.js';

afterEach(async () => {
  jest.restoreAllMocks();
  await cleanUp();
});

/** The clock of this process, and so of the sandbox in it, stands still until it is moved. */
function stopClock(): { move: (milliseconds: number) => void } {
  let now = Date.now();
  jest.spyOn(Date, 'now').mockImplementation(() => now);
  return { move: (milliseconds) => (now += milliseconds) };
}

async function idsOf(stripe: Stripe, query: string): Promise<string[]> {
  return (await stripe.paymentIntents.search({ query })).data.map(({ id }) => id);
}

describe('a search of payment intents', () => {
  test('finds those with the value under the key, newest first', async () => {
    const { stripe } = await openSandbox({ searchDelayMs: 0 });
    const first = await stripe.paymentIntents.create(payment('order-1'));
    await stripe.paymentIntents.create(payment('order-2', { metadata: { other: 'order-1' } }));
    const third = await stripe.paymentIntents.create(payment('order-1', { confirm: true }));
    const found = await stripe.paymentIntents.search({ query: "metadata['order_id']:'order-1'" });
    expect(found).toMatchObject({
      object: 'search_result',
      url: '/v1/payment_intents/search',
      has_more: false,
      next_page: null,
    });
    expect(found.data).toEqual([third, first]);
    expect(await idsOf(stripe, "metadata['order_id']:'order-3'")).toEqual([]);
    expect(await idsOf(stripe, "metadata['constructor']:'order-1'")).toEqual([]);
  });

  test.each([
    [`metadata["order_id"]:"a \\"b\\" 'c' \\\\"`],
    [`metadata['order_id']:'a "b" \\'c\\' \\\\'`],
    [` metadata["order_id"]:'A "B" \\'C\\' \\\\' `],
    [`metadata['k\\'1']:'1' AND metadata["order_id"]:'a "b" \\'c\\' \\\\'`],
    [`metadata["k'1"]:"1" and metadata['k2']:'2'`],
    [`metadata["k'1"]:"1" metadata['k2']:'2'`],
  ])("reads Stripe's query language: %s", async (query) => {
    const { stripe } = await openSandbox({ searchDelayMs: 0 });
    const metadata = { order_id: `a "b" 'c' \\`, "k'1": '1', k2: '2' };
    const { id } = await stripe.paymentIntents.create(payment('', { metadata }));
    await stripe.paymentIntents.create(payment('', { metadata: { "k'1": '1', k2: '3' } }));
    await stripe.paymentIntents.create(payment('', { metadata: { "k'1": '3', k2: '2' } }));
    expect(await idsOf(stripe, query)).toEqual([id]);
  });

  test.each([
    ['order-1', undefined, /unable to parse your search query/],
    ["metadata['a']:'1' OR metadata['b']:'2'", undefined, /unable to parse/],
    ["metadata['a']:'1' AND", undefined, /unable to parse/],
    ["metadata['a']:'1'metadata['b']:'2'", undefined, /unable to parse/],
    ["metadata['a']:''", undefined, /unable to parse/],
    ["metadata['a']~'1'", undefined, /unable to parse/],
    ["-metadata['a']:'1'", undefined, /unable to parse/],
    ['metadata["a]:"1"', undefined, /unable to parse/],
    ["metadata['a']:'1' AND status:'succeeded'", undefined, /`status` is an unsupported search field/],
    ["metadata['a']:'1' ".repeat(11), undefined, /more than 10 clauses/],
    ['', 'query', /empty string/],
  ])('refuses a query that it cannot answer: %s', async (query, param, message) => {
    const { stripe } = await openSandbox();
    const error = await stripeError(stripe.paymentIntents.search({ query }));
    expect(error).toBeInstanceOf(Stripe.errors.StripeInvalidRequestError);
    expect(error).toMatchObject({ statusCode: 400, param });
    expect(error.message).toMatch(message);
  });

  test('refuses a request without a query, and a page that it never returned', async () => {
    const { stripe, running } = await openSandbox();
    const headers = { authorization: 'Bearer sk_test_sandbox' };
    const without = await fetch(`${running.url}/v1/payment_intents/search`, { headers });
    expect(without.status).toBe(400);
    expect(await without.json()).toMatchObject({ error: { code: 'parameter_missing', param: 'query' } });
    const query = "metadata['a']:'1'";
    expect(await stripeError(stripe.paymentIntents.search({ query, page: 'cGlfbm9uZQ' }))).toMatchObject({
      statusCode: 400,
      param: 'page',
    });
    expect(await stripeError(stripe.paymentIntents.search({ query, limit: 101 }))).toMatchObject({
      param: 'limit',
    });
  });

  test('is read page by page, while new intents are created and after a restart', async () => {
    const first = await openSandbox({ searchDelayMs: 0 });
    const ids: string[] = [];
    const create = async () => (await first.stripe.paymentIntents.create(payment('order-1'))).id;
    for (let made = 0; made < 5; made += 1) ids.unshift(await create());
    const query = "metadata['order_id']:'order-1'";
    const page = await first.stripe.paymentIntents.search({ query, limit: 2 });
    expect(page.data.map(({ id }) => id)).toEqual(ids.slice(0, 2));
    expect(page.has_more).toBe(true);
    await create();
    await first.running.close();

    const { stripe } = await openSandbox({
      dataDirectory: first.directory,
      compactBytes: 0,
      searchDelayMs: 0,
    });
    const walked: string[] = [];
    const rest = stripe.paymentIntents.search({ query, limit: 2, page: page.next_page ?? '' });
    for await (const { id } of rest) walked.push(id);
    expect(walked).toEqual(ids.slice(2));
    const all = await stripe.paymentIntents.search({ query, limit: 6 });
    expect(all).toMatchObject({ has_more: false, next_page: null });
    expect(all.data).toHaveLength(6);
  });

  test('finds an intent by its new metadata and no more by the old', async () => {
    const { stripe } = await openSandbox({ searchDelayMs: 0 });
    const old = await stripe.paymentIntents.create(payment('a', { metadata: { order_id: 'a', line: '1' } }));
    const other = await stripe.paymentIntents.create(payment('b'));
    await stripe.paymentIntents.update(old.id, { metadata: { order_id: 'b', line: '' } });
    expect(await idsOf(stripe, "metadata['order_id']:'a'")).toEqual([]);
    expect(await idsOf(stripe, "metadata['line']:'1'")).toEqual([]);
    expect(await idsOf(stripe, "metadata['order_id']:'b'")).toEqual([other.id, old.id]);
    await stripe.paymentIntents.update(other.id, { metadata: { order_id: 'B' } });
    expect(await idsOf(stripe, "metadata['order_id']:'b'")).toEqual([other.id, old.id]);
  });

  test('finds an intent only after the delay since its creation', async () => {
    const clock = stopClock();
    const { stripe } = await openSandbox({ searchDelayMs: 5_000 });
    const { id } = await stripe.paymentIntents.create(payment('order-1'));
    clock.move(4_999);
    expect(await idsOf(stripe, "metadata['order_id']:'order-1'")).toEqual([]);
    clock.move(1);
    expect(await idsOf(stripe, "metadata['order_id']:'order-1'")).toEqual([id]);
  });

  test('finds an intent only after the delay since the last change of its metadata, also after a restart', async () => {
    const clock = stopClock();
    const first = await openSandbox({ searchDelayMs: 5_000 });
    const { id } = await first.stripe.paymentIntents.create(payment('order-1'));
    clock.move(5_000);
    // Neither a charge nor an update with the present values is a change of the metadata.
    await first.stripe.paymentIntents.confirm(id);
    await first.stripe.paymentIntents.update(id, { metadata: { order_id: 'order-1', nothing: '' } });
    expect(await idsOf(first.stripe, "metadata['order_id']:'order-1'")).toEqual([id]);
    await first.stripe.paymentIntents.update(id, { metadata: { note: 'x' } });
    expect(await idsOf(first.stripe, "metadata['order_id']:'order-1'")).toEqual([]);
    await first.running.close();

    const options = { dataDirectory: first.directory, searchDelayMs: 5_000, compactBytes: 0 };
    const { stripe } = await openSandbox(options);
    clock.move(4_999);
    expect(await idsOf(stripe, "metadata['note']:'x'")).toEqual([]);
    clock.move(1);
    expect(await idsOf(stripe, "metadata['note']:'x'")).toEqual([id]);
  });

  test('by default finds an intent one minute late', async () => {
    const clock = stopClock();
    const { stripe } = await openSandbox();
    const { id } = await stripe.paymentIntents.create(payment('order-1'));
    clock.move(59_999);
    expect(await idsOf(stripe, "metadata['order_id']:'order-1'")).toEqual([]);
    clock.move(1);
    expect(await idsOf(stripe, "metadata['order_id']:'order-1'")).toEqual([id]);
  });

  test('is counted and struck by faults like other requests', async () => {
    const { stripe, control } = await openSandbox();
    await control.addFault({ kind: 'http_500', endpoint: 'payment_intents.search', count: 1 });
    const query = "metadata['order_id']:'order-1'";
    expect(await stripeError(stripe.paymentIntents.search({ query }))).toMatchObject({ statusCode: 500 });
    expect((await stripe.paymentIntents.search({ query })).data).toEqual([]);
    expect(await control.requests()).toMatchObject({
      'payment_intents.search': 2,
      'payment_intents.retrieve': 0,
    });
  });
});
