import { afterEach, describe, expect, jest, test } from '@jest/globals';
import type Stripe from 'stripe';
import { cleanUp, openSandbox, payment, stripeError, type TestSandbox } from '../support/sandbox.js';

const START_SECONDS = 1_900_000_000;

afterEach(async () => {
  jest.restoreAllMocks();
  await cleanUp();
});

/** From now on the sandbox's clock shows this time. */
function setClock(seconds: number): void {
  jest.spyOn(Date, 'now').mockReturnValue(seconds * 1_000);
}

async function pay({ stripe }: TestSandbox): Promise<Stripe.PaymentIntent> {
  return stripe.paymentIntents.create(payment('order-1', { confirm: true }));
}

async function dispute({ control }: TestSandbox, paymentIntent: string, more = {}): Promise<unknown> {
  return (await control.call('POST', 'disputes', { paymentIntent, ...more })).body;
}

/** Three intents whose disputes were opened in another order, a second after each other; newest dispute first. */
async function openDisputed(): Promise<TestSandbox & { ids: string[]; disputed: Stripe.PaymentIntent[] }> {
  const sandbox = await openSandbox();
  setClock(START_SECONDS);
  const [one, two, three] = [await pay(sandbox), await pay(sandbox), await pay(sandbox)];
  const disputed = [three, one, two];
  const ids: string[] = [];
  for (const [index, { id }] of [two, one, three].entries()) {
    setClock(START_SECONDS + index);
    ids.unshift(((await dispute(sandbox, id)) as { id: string }).id);
  }
  return { ...sandbox, ids, disputed };
}

function idsIn(list: Stripe.ApiList<{ id: string }>): string[] {
  return list.data.map(({ id }) => id);
}

describe('the list of disputes', () => {
  test("has Stripe's Dispute objects with their present status, newest first", async () => {
    const sandbox = await openDisputed();
    const { stripe, ids, disputed } = sandbox;
    const [newest, second] = disputed;
    await dispute(sandbox, second?.id ?? '', { outcome: 'lost' });
    const list = await stripe.disputes.list();
    expect(list).toMatchObject({ object: 'list', url: '/v1/disputes', has_more: false });
    expect(idsIn(list)).toEqual(ids);
    expect(list.data.map(({ status }) => status)).toEqual(['needs_response', 'lost', 'needs_response']);
    expect(list.data[0]).toMatchObject({
      object: 'dispute',
      amount: 1250,
      currency: 'eur',
      charge: newest?.latest_charge,
      payment_intent: newest?.id,
      created: START_SECONDS + 2,
      livemode: false,
      reason: 'fraudulent',
      evidence: { uncategorized_text: null },
    });
  });

  test('is read page by page in both directions', async () => {
    const { stripe, ids } = await openDisputed();
    const first = await stripe.disputes.list({ limit: 2 });
    expect([idsIn(first), first.has_more]).toEqual([ids.slice(0, 2), true]);
    const rest = await stripe.disputes.list({ limit: 2, starting_after: ids[1] ?? '' });
    expect([idsIn(rest), rest.has_more]).toEqual([ids.slice(2), false]);
    expect(idsIn(await stripe.disputes.list({ ending_before: ids[1] ?? '' }))).toEqual(ids.slice(0, 1));
    const walked: string[] = [];
    for await (const { id } of stripe.disputes.list({ limit: 1 })) walked.push(id);
    expect(walked).toEqual(ids);
    expect(await stripeError(stripe.disputes.list({ starting_after: 'du_none' }))).toMatchObject({
      statusCode: 400,
      code: 'resource_missing',
      message: "No such dispute: 'du_none'",
      param: 'starting_after',
    });
  });

  test('holds those of one intent, one charge, or a time only, where asked', async () => {
    const { stripe, ids, disputed } = await openDisputed();
    const [newest = '', second = '', oldest = ''] = ids;
    const { id = '', latest_charge: charge } = disputed[1] ?? {};
    expect(idsIn(await stripe.disputes.list({ payment_intent: id }))).toEqual([second]);
    expect(idsIn(await stripe.disputes.list({ charge: charge as string }))).toEqual([second]);
    expect(idsIn(await stripe.disputes.list({ payment_intent: id, charge: 'ch_none' }))).toEqual([]);
    expect(idsIn(await stripe.disputes.list({ payment_intent: 'pi_none' }))).toEqual([]);
    const created = (bounds: Stripe.RangeQueryParam | number) => stripe.disputes.list({ created: bounds });
    expect(idsIn(await created({ gte: START_SECONDS + 1 }))).toEqual([newest, second]);
    expect(idsIn(await created({ gt: START_SECONDS, lt: START_SECONDS + 2 }))).toEqual([second]);
    expect(idsIn(await created(START_SECONDS))).toEqual([oldest]);
    const unknown = stripe.disputes.list({ status: 'lost' } as Stripe.DisputeListParams);
    expect(await stripeError(unknown)).toMatchObject({ code: 'parameter_unknown', param: 'status' });
  });

  test('is the same after a restart', async () => {
    const { stripe, running, directory } = await openDisputed();
    const before = await stripe.disputes.list();
    await running.close();
    for (const compactBytes of [1 << 30, 0, 0]) {
      const next = await openSandbox({ dataDirectory: directory, compactBytes });
      expect((await next.stripe.disputes.list()).data).toEqual(before.data);
      await next.running.close();
    }
  });

  test('is counted for its intent, and struck by faults like other requests', async () => {
    const { stripe, control, disputed } = await openDisputed();
    const { id = '' } = disputed[0] ?? {};
    await control.addFault({ kind: 'http_500', endpoint: 'disputes.list', count: 1 });
    expect(await stripeError(stripe.disputes.list())).toMatchObject({ statusCode: 500 });
    await stripe.disputes.list({ payment_intent: id });
    expect(await control.requests()).toMatchObject({ 'disputes.list': 2 });
    expect(await control.requests('?order=order-1')).toMatchObject({ 'disputes.list': 1 });
  });
});

describe('the list of refunds', () => {
  test('holds those of a time only, where asked', async () => {
    const sandbox = await openSandbox();
    const { stripe } = sandbox;
    setClock(START_SECONDS);
    const { id } = await pay(sandbox);
    const ids: string[] = [];
    for (let second = 0; second < 3; second += 1) {
      setClock(START_SECONDS + second);
      ids.unshift((await stripe.refunds.create({ payment_intent: id, amount: 50 })).id);
    }
    expect(idsIn(await stripe.refunds.list({ created: { gte: START_SECONDS + 1 } }))).toEqual(
      ids.slice(0, 2),
    );
    const bounds = { payment_intent: id, created: { gt: START_SECONDS, lt: START_SECONDS + 2 } };
    expect(idsIn(await stripe.refunds.list(bounds))).toEqual(ids.slice(1, 2));
    expect(idsIn(await stripe.refunds.list({ created: START_SECONDS }))).toEqual(ids.slice(2));
  });
});
