import { afterEach, describe, expect, test } from '@jest/globals';
import type Stripe from 'stripe';
import { bankPageOf, cleanUp, openSandbox, type TestSandbox, waitingPayment } from '../support/sandbox.js';

afterEach(cleanUp);

const CLOSED = 'not open any more';
const BACK = 'https://shop.example/return?cart=7';

function pay({ stripe }: TestSandbox, more: object = {}): Promise<Stripe.PaymentIntent> {
  return stripe.paymentIntents.create(waitingPayment(more));
}

async function textOf(url: string): Promise<string> {
  return (await fetch(url)).text();
}

/** The id of the authentication, in the form of the page. */
function authenticationIn(html: string): string {
  return /name="authentication" value="(auth_\w+)"/.exec(html)?.[1] ?? '';
}

/** Sends the form of a page that was opened before. */
function press(url: string, html: string, outcome: string, headers: Record<string, string> = {}) {
  const body = new URLSearchParams({ authentication: authenticationIn(html), outcome });
  return fetch(url, { method: 'POST', body, headers, redirect: 'manual' });
}

describe("the bank's page", () => {
  test('shows what is to be paid, with two buttons, and loads nothing', async () => {
    const sandbox = await openSandbox();
    const answer = await fetch(bankPageOf(await pay(sandbox)));
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('referrer-policy')).toBe('same-origin');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('x-frame-options')).toBe('DENY');
    expect(answer.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; img-src data:; style-src 'sha256-[^']+'$/,
    );
    const html = await answer.text();
    for (const shown of ['<html lang="en">', 'EUR\u00a012.50', 'order-1', 'visa •••• 3220'])
      expect(html).toContain(shown);
    expect([...html.matchAll(/<button[^>]*>(.*?)<\/button>/g)].map(([, text]) => text)).toEqual([
      'Authenticate',
      'Fail',
    ]);
    expect(html).not.toMatch(/https?:|<script/);
  });

  test.each([
    ['jpy', 'JPY\u00a01,250'],
    ['kwd', 'KWD\u00a01.250'],
  ])('shows an amount in %s in its own decimals', async (currency, shown) => {
    const sandbox = await openSandbox();
    expect(await textOf(bankPageOf(await pay(sandbox, { currency })))).toContain(shown);
  });

  test('shows an order id as text', async () => {
    const sandbox = await openSandbox();
    const metadata = { order_id: `<b>"&'` };
    expect(await textOf(bankPageOf(await pay(sandbox, { metadata })))).toContain('&lt;b&gt;&quot;&amp;&#39;');
  });

  test('is there only with the client secret of its payment', async () => {
    const sandbox = await openSandbox();
    const waiting = await pay(sandbox);
    const other = await pay(sandbox);
    const page = bankPageOf(waiting);
    const html = await textOf(page);
    const [path = ''] = page.split('?');
    for (const url of [
      path,
      `${path}?client_secret=`,
      `${path}?client_secret=${String(other.client_secret)}`,
      page.replace(waiting.id, 'pi_none'),
      `${sandbox.running.url}/bank/`,
    ]) {
      expect((await fetch(url)).status).toBe(404);
      expect((await press(url, html, 'succeeded')).status).toBe(404);
    }
    expect(await sandbox.stripe.paymentIntents.retrieve(waiting.id)).toEqual(waiting);
  });

  test.each([
    ['succeeded', 'succeeded', 'the payment was made'],
    ['failed', 'requires_payment_method', 'nothing was paid'],
  ])('shows the result of the outcome %s, without a return_url', async (outcome, status, shown) => {
    const sandbox = await openSandbox();
    const { stripe, running } = sandbox;
    const waiting = await pay(sandbox);
    const page = bankPageOf(waiting);
    const answer = await press(page, await textOf(page), outcome);
    expect(answer.status).toBe(303);
    expect(new URL(answer.headers.get('location') ?? '', running.url).href).toBe(page);
    const result = await textOf(page);
    expect(result).toContain(shown);
    expect(result).not.toMatch(/<form|href="http/);
    expect(await stripe.paymentIntents.retrieve(waiting.id)).toMatchObject({ status });
  });

  test.each([
    ['pm_card_threeDSecure2Required', 'succeeded', 'succeeded'],
    ['pm_card_threeDSecure2Required', 'failed', 'failed'],
    ['pm_card_threeDSecureRequiredChargeDeclined', 'succeeded', 'failed'],
  ])('sends the customer back to the shop: %s, %s', async (method, outcome, redirectStatus) => {
    const sandbox = await openSandbox();
    const waiting = await pay(sandbox, { payment_method: method, return_url: BACK });
    const page = bankPageOf(waiting);
    const opened = await fetch(page);
    expect(opened.headers.get('content-security-policy')).toContain(
      "form-action 'self' https://shop.example;",
    );
    const answer = await press(page, await opened.text(), outcome);
    const secret = String(waiting.client_secret);
    const back = `${BACK}&payment_intent=${waiting.id}&payment_intent_client_secret=${secret}&redirect_status=${redirectStatus}`;
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe(back);
    expect(await textOf(page)).toContain(`href="${back.replaceAll('&', '&amp;')}"`);
  });

  test.each(['succeeded', 'failed'])('lets the first answer stand: a second tab says %s', async (second) => {
    const sandbox = await openSandbox();
    const { id, ...waiting } = await pay(sandbox, { return_url: BACK });
    const page = bankPageOf({ id, ...waiting });
    const html = await textOf(page);
    await press(page, html, 'succeeded');
    const paid = await sandbox.stripe.paymentIntents.retrieve(id);
    const answer = await press(page, html, second);
    expect(answer.status).toBe(409);
    const text = await answer.text();
    for (const shown of ['The first answer stands', 'the payment was made', 'Back to the shop'])
      expect(text).toContain(shown);
    expect(await sandbox.stripe.paymentIntents.retrieve(id)).toEqual(paid);
    expect(await sandbox.control.order('order-1')).toMatchObject({ captures: 1 });
  });

  test('of a canceled payment says that it is not open any more', async () => {
    const sandbox = await openSandbox();
    const waiting = await pay(sandbox);
    const page = bankPageOf(waiting);
    const html = await textOf(page);
    await sandbox.stripe.paymentIntents.cancel(waiting.id);
    const closed = await textOf(page);
    expect(closed).toContain(CLOSED);
    expect(closed).not.toContain('<form');
    const answer = await press(page, html, 'succeeded');
    expect(answer.status).toBe(409);
    expect(await answer.text()).toContain(CLOSED);
    expect(await sandbox.control.order('order-1')).toMatchObject({ captured: 0 });
  });

  test('asks again where the payment was confirmed again after it was opened', async () => {
    const sandbox = await openSandbox();
    const { paymentIntents } = sandbox.stripe;
    const { id, ...waiting } = await pay(sandbox);
    const page = bankPageOf({ id, ...waiting });
    const html = await textOf(page);
    await press(page, html, 'failed');
    await paymentIntents.confirm(id, { payment_method: 'pm_card_authenticationRequired' });
    const answer = await press(page, html, 'succeeded');
    expect(answer.status).toBe(409);
    const asksAgain = await answer.text();
    expect(asksAgain).toContain('started this payment anew');
    expect(await paymentIntents.retrieve(id)).toMatchObject({ status: 'requires_action' });
    expect((await press(page, asksAgain, 'succeeded')).status).toBe(303);
    expect(await paymentIntents.retrieve(id)).toMatchObject({ status: 'succeeded' });
  });

  test("takes answers from its own origin only, and from the public address's", async () => {
    const sandbox = await openSandbox({ publicUrl: 'https://bank.example' });
    const waiting = await pay(sandbox);
    const page = bankPageOf(waiting).replace('https://bank.example', sandbox.running.url);
    const html = await textOf(page);
    for (const origin of ['https://shop.example', 'null', 'http://bank.example']) {
      expect((await press(page, html, 'succeeded', { origin })).status).toBe(403);
    }
    expect(await sandbox.stripe.paymentIntents.retrieve(waiting.id)).toEqual(waiting);
    expect((await press(page, html, 'succeeded', { origin: sandbox.running.url })).status).toBe(303);
    expect((await press(page, html, 'succeeded', { origin: 'https://bank.example' })).status).toBe(409);
  });

  test('refuses a form that is none of its own', async () => {
    const sandbox = await openSandbox();
    const waiting = await pay(sandbox);
    const page = bankPageOf(waiting);
    const html = await textOf(page);
    expect((await press(page, html, 'maybe')).status).toBe(400);
    expect((await press(page, '', 'succeeded')).status).toBe(409);
    expect((await press(page, html, 'succeeded', { 'content-type': 'text/plain' })).status).toBe(415);
    const broken = await fetch(page, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'outcome=%E0%A4%A',
    });
    expect(broken.status).toBe(400);
    expect(broken.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(await sandbox.stripe.paymentIntents.retrieve(waiting.id)).toEqual(waiting);
  });

  test("is there during an outage of Stripe's API", async () => {
    const sandbox = await openSandbox();
    const page = bankPageOf(await pay(sandbox));
    await sandbox.control.addFault({ kind: 'outage' });
    expect((await press(page, await textOf(page), 'succeeded')).status).toBe(303);
  });
});
