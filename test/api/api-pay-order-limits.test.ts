import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { PayOrderInput } from '../generated/graphql.js';
import { ApiClient } from '../support/api-client.js';
import { CreateOrderDocument, orderInput } from '../support/documents.js';
import { PayOrderDocument } from '../support/payment-documents.js';
import { Desk } from './desk.js';
import { create, refusal } from './orders-support.js';

const MAX_DECLINES = 3;
const DECLINED = 'pm_card_chargeDeclined';
const KEY_MESSAGE = 'must be 1 to 255 printable ASCII characters';
const METHOD = { field: 'paymentMethod' };

describe('payOrder', () => {
  let desk: Desk;

  beforeAll(async () => {
    desk = await Desk.open({ PAYMENT_DECLINES_PER_HOUR: String(MAX_DECLINES) });
  });

  afterAll(() => desk.close());

  async function newCustomer(): Promise<ApiClient> {
    return new ApiClient(desk.api.url, await desk.steps.system.token(randomUUID()));
  }

  async function failed(client: ApiClient): Promise<string> {
    const { id } = (await create(client, { paymentMethod: DECLINED })).order;
    await desk.steps.chargeToEnd(id);
    return id;
  }

  const ask = async (client: ApiClient, input: PayOrderInput) => client.execute(PayOrderDocument, { input });
  const call = (orderId: string, paymentMethod: string): PayOrderInput => ({
    orderId,
    idempotencyKey: randomUUID(),
    paymentMethod,
  });

  test('counts as a decline, and at the limit is RATE_LIMITED as createOrder is', async () => {
    const client = await newCustomer();
    const id = await failed(client);
    const last = call(id, DECLINED);
    for (const input of [call(id, DECLINED), last]) {
      expect((await ask(client, input)).data?.payOrder).toMatchObject({ replayed: false });
      await desk.steps.chargeToEnd(id);
    }
    const before = await desk.stored(id);
    const refused = call(id, 'pm_card_visa');
    const { status, data, errors = [] } = await ask(client, refused);
    expect([status, data]).toEqual([200, null]);
    const retryAfterMs = Number(errors[0]?.extensions['retryAfterMs']);
    expect(retryAfterMs).toBeGreaterThan(0);
    expect(errors).toMatchObject([
      {
        message: `Too many payments were declined. Try again in ${Math.ceil(retryAfterMs / 1_000)} s.`,
        path: ['payOrder'],
        extensions: { code: 'RATE_LIMITED', retryAfterMs },
      },
    ]);
    const created = await client.execute(CreateOrderDocument, { input: orderInput() });
    expect(refusal(created).code).toBe('RATE_LIMITED');
    // A repeated call is still answered, and nothing was written.
    expect((await ask(client, last)).data?.payOrder).toMatchObject({ replayed: true });
    expect(await desk.stored(id)).toEqual(before);
    // An hour later the same call pays the order.
    await desk.steps.select(`UPDATE payment_declines SET declined_at = declined_at - interval '1 hour'`);
    expect((await ask(client, refused)).data?.payOrder).toMatchObject({ replayed: false });
    await desk.steps.chargeToEnd(id);
    expect(await desk.steps.status(id)).toBe('CONFIRMED');
  });

  test("is limited by the declines of the order's customer where an operator calls it", async () => {
    const client = await newCustomer();
    const id = await failed(client);
    await failed(client);
    await failed(client);
    expect(refusal(await ask(desk.olga, call(id, 'pm_card_visa'))).code).toBe('RATE_LIMITED');
  });

  test.each<[string, Partial<Record<keyof PayOrderInput, string>>, object[]]>([
    ['an empty key', { idempotencyKey: '' }, [{ field: 'idempotencyKey', message: KEY_MESSAGE }]],
    ['a key of 256 characters', { idempotencyKey: 'k'.repeat(256) }, [{ field: 'idempotencyKey' }]],
    ['a key with a line break', { idempotencyKey: 'a\nb' }, [{ field: 'idempotencyKey' }]],
    ['an empty payment method', { paymentMethod: '' }, [METHOD]],
    ['a card number', { paymentMethod: '4242424242424242' }, [METHOD]],
    ['a token with a card number', { paymentMethod: 'pm_4242-4242-4242-4242' }, [METHOD]],
    ['two faults', { idempotencyKey: '', paymentMethod: '' }, [{ field: 'idempotencyKey' }, METHOD]],
  ])(
    'refuses %s as BAD_USER_INPUT, repeats none of it, and writes nothing',
    async (_what, bad, violations) => {
      const client = await newCustomer();
      const id = await failed(client);
      const before = await desk.stored(id);
      const answer = await ask(client, { ...call(id, 'pm_card_visa'), ...bad });
      expect(answer.data).toBeNull();
      expect(refusal(answer)).toMatchObject({ code: 'BAD_USER_INPUT', violations });
      expect(JSON.stringify(answer)).not.toMatch(/4242/);
      expect(await desk.stored(id)).toEqual(before);
    },
  );
});
