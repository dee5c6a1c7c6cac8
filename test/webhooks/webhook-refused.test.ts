import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { STRIPE_WEBHOOK_PATH } from '../../src/payments/stripe/webhook-route.js';
import { ApiClient } from '../support/api-client.js';
import { OrderDocument } from '../support/documents.js';
import type { ReceivedWebhook } from '../support/sandbox.js';
import { type Letter, post, signed, WebhookDrill } from './webhook-support.js';

const FORGED = {
  status: 400,
  text: 'The signature is missing, does not fit the body, or is too old.\n',
  retryAfter: null,
};
const NO_EVENT = { status: 400, text: 'The body is not an event.\n', retryAfter: null };

let drill: WebhookDrill;
let orderId: string;
let genuine: ReceivedWebhook;

beforeAll(async () => {
  drill = await WebhookDrill.open();
  orderId = await drill.orderWithLostOutcome();
  genuine = await drill.letter(orderId, 'payment_intent.succeeded');
}, 60_000);

afterAll(async () => {
  await drill.close();
}, 60_000);

/** All rows that a webhook could change. */
async function everything(): Promise<unknown> {
  const [row] = await drill.steps.select<{ everything: unknown }>(
    `SELECT jsonb_build_object('orders', (SELECT jsonb_agg(o) FROM orders o),
       'events', (SELECT jsonb_agg(e) FROM order_events e), 'messages', (SELECT jsonb_agg(m) FROM outbox_messages m),
       'webhooks', (SELECT jsonb_agg(w) FROM webhook_events w)) AS everything`,
  );
  return row?.everything;
}

async function expectRefused(letter: Letter, reply: object): Promise<void> {
  const before = await everything();
  expect(await drill.deliver(letter)).toEqual(reply);
  expect(await everything()).toEqual(before);
}

describe('fault 29: a webhook with a wrong signature is refused and changes nothing', () => {
  test.each<[string, () => Letter]>([
    ['no signature', () => ({ ...genuine, signature: undefined })],
    ['an empty signature', () => ({ ...genuine, signature: '' })],
    ['a signature header without a signature', () => ({ ...genuine, signature: 'let me in' })],
    ['another secret', () => signed(genuine.payload, { secret: 'whsec_guessed' })],
    ['an empty secret', () => signed(genuine.payload, { secret: ' ' })],
    ['an age of over 300 s', () => signed(genuine.payload, { ageSeconds: 302 })],
    ['another body', () => ({ ...genuine, payload: genuine.payload.replace('1980', '1') })],
    ['one more space', () => ({ ...genuine, payload: `${genuine.payload} ` })],
    ['a body cut short', () => ({ ...genuine, payload: genuine.payload.slice(0, -1) })],
    ['no body', () => ({ ...genuine, payload: '' })],
    [
      'another timestamp than was signed',
      () => {
        const now = Math.floor(Date.now() / 1000);
        const old = signed(genuine.payload, { ageSeconds: 4_000 }).signature;
        return { ...genuine, signature: old?.replace(/^t=\d+/, `t=${now}`) };
      },
    ],
    [
      'a scheme that is not checked',
      () => ({ ...genuine, signature: signed(genuine.payload).signature?.replace('v1=', 'v0=') }),
    ],
  ])('%s', async (_name, letter) => {
    await expectRefused(letter(), FORGED);
  });
});

describe('fault 29: a signed body that is not an event is refused and changes nothing', () => {
  const event = (fields: object) => JSON.stringify({ id: 'evt_1', object: 'event', type: 'a.b', ...fields });

  test.each<[string, string]>([
    ['broken JSON', '{"id":"evt_1",'],
    ['a form', 'id=evt_1&type=payment_intent.succeeded'],
    ['null', 'null'],
    ['a string', '"evt_1"'],
    ['a list', '[]'],
    ['an empty object', '{}'],
    ['an id that is a number', event({ id: 1 })],
    ['an empty id', event({ id: '' })],
    ['an id that PostgreSQL cannot store', event({ id: 'evt_\u0000' })],
    ['an id of 256 characters', event({ id: 'e'.repeat(256) })],
    ['no type', event({ type: undefined })],
    ['a type with a line break', event({ type: 'a\nb' })],
    ['a thin event of the newer API', event({ object: 'v2.core.event' })],
  ])('%s', async (_name, payload) => {
    await expectRefused(signed(payload), NO_EVENT);
  });

  const TOO_LARGE = { status: 413, text: expect.stringMatching(/too large\n$/), retryAfter: null };

  test('over 256 KiB is not read, signed or not', async () => {
    const payload = event({ padding: 'x'.repeat(256 * 1024) });
    for (const letter of [signed(payload), { payload, signature: undefined }]) {
      await expectRefused(letter, TOO_LARGE);
    }
  });

  test('the limit in bytes is a setting of its own, and exact', async () => {
    const { url } = await drill.steps.system.start({ ROLE: 'api', WEBHOOK_BODY_LIMIT_BYTES: '120000' });
    const frame = event({ padding: '' });
    const ofBytes = (bytes: number) =>
      signed(frame.replace('""', `"ü${'x'.repeat(bytes - frame.length - 2)}"`));
    const before = await everything();
    expect(await post(url, ofBytes(120_001))).toEqual(TOO_LARGE);
    expect(await everything()).toEqual(before);
    // More than the limit of a GraphQL request.
    expect(await post(url, ofBytes(120_000))).toMatchObject({ status: 200 });
  });

  test('a form is checked by its signature, and an empty content type is refused with 415', async () => {
    const letter = { payload: 'id=evt_1', signature: undefined };
    expect(await post(drill.url, letter, 'application/x-www-form-urlencoded')).toEqual(FORGED);
    expect(await post(drill.url, letter, '')).toMatchObject({ status: 415 });
  });

  test('only POST is accepted, and only with the api role', async () => {
    expect((await fetch(`${drill.url}${STRIPE_WEBHOOK_PATH}`)).status).toBe(404);
    const { url } = await drill.steps.system.start({ ROLE: 'worker' });
    expect((await post(url, genuine)).status).toBe(404);
  });
});

describe('fault 29: a genuine webhook needs no token and is verified by its bytes', () => {
  test.each<[string, () => Letter, string]>([
    ['indented, with tabs, line breaks and escapes', () => odd('\t'), 'application/json; charset=utf-8'],
    ['in one line, with an unusual type', () => odd(''), 'text/plain'],
    ['almost too old', () => signed(named('evt_old'), { ageSeconds: 280 }), 'application/json'],
  ])('%s', async (_name, letter, contentType) => {
    const { payload } = letter();
    const { id } = JSON.parse(payload) as { id: string };
    expect(await post(drill.url, letter(), contentType)).toMatchObject({ status: 200, text: 'Stored.\n' });
    expect(await drill.steps.select('SELECT id FROM webhook_events WHERE id = $1', [id])).toHaveLength(1);
  });

  test('the event that was forged before is still accepted', async () => {
    expect(await drill.deliver(genuine)).toEqual({ status: 200, text: 'Stored.\n', retryAfter: null });
    expect(await drill.steps.status(orderId)).toBe('CONFIRMED');
  });

  test('GraphQL bodies are still parsed', async () => {
    const client = new ApiClient(drill.url, await drill.steps.system.token('op', { roles: ['operator'] }));
    expect((await client.data(OrderDocument, { id: orderId })).order).toMatchObject({ status: 'CONFIRMED' });
  });

  function named(id: string, more: object = {}): string {
    return JSON.stringify({
      id,
      object: 'event',
      type: 'payment_intent.created',
      data: { object: {} },
      ...more,
    });
  }

  function odd(indent: string): Letter {
    const content = JSON.parse(
      named(`evt_odd${indent.length}`, { description: 'Käse \u2028 😀 "\\' }),
    ) as object;
    return signed(`\r\n ${JSON.stringify(content, null, indent)}\n\n`.replace('ä', '\\u00e4'));
  }
});
