import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { ApiClient } from '../support/api-client.js';
import { CreateOrderDocument, OrderDocument, orderInput } from '../support/documents.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { countRows, create, refusal, type RowCounts, setProduct, tryCreate } from './orders-support.js';

/** The gateway's maximum for one payment. */
const MAX_TOTAL = 99_999_999;

describe('createOrder', () => {
  let system: TestSystem;
  let url: string;
  let client: ApiClient;
  let before: RowCounts;

  beforeAll(async () => {
    system = await setup({ ROLE: 'api' });
    ({ url } = await system.start());
    client = new ApiClient(url, await system.token('alice'));
    await setProduct(system.sql, { sku: 'inactive', active: false });
    await setProduct(system.sql, { sku: 'dearest', unitAmount: MAX_TOTAL });
    await setProduct(system.sql, { sku: 'cheapest', unitAmount: 1 });
  });

  beforeEach(async () => {
    before = await countRows(system.sql);
  });

  afterAll(async () => {
    await system.close();
  });

  async function expectNothingWritten(): Promise<void> {
    expect(await countRows(system.sql)).toEqual(before);
  }

  test('creates an order with the prices and names of the catalogue, in PENDING at version 1', async () => {
    const input = orderInput({
      items: [
        { sku: 'grinder-hand', quantity: 1 },
        { sku: 'cup-espresso', quantity: 3 },
      ],
    });
    const { replayed, order } = await create(client, input);
    const euro = (amount: number) => ({ amount, currency: 'EUR' });
    expect(replayed).toBe(false);
    expect(order).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      status: 'PENDING',
      version: 1,
      idempotencyKey: input.idempotencyKey,
      items: [
        {
          sku: 'grinder-hand',
          name: 'Hand grinder',
          quantity: 1,
          unitPrice: euro(8_900),
          lineTotal: euro(8_900),
        },
        {
          sku: 'cup-espresso',
          name: 'Espresso cup',
          quantity: 3,
          unitPrice: euro(990),
          lineTotal: euro(2_970),
        },
      ],
      total: euro(11_870),
      failure: null,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      updatedAt: order.createdAt,
    });
    const stored = await client.data(OrderDocument, { id: order.id });
    expect(stored.order).toMatchObject(order);
    expect(stored.order?.events).toEqual([
      {
        version: 1,
        type: 'ORDER_CREATED',
        status: 'PENDING',
        previousStatus: null,
        detail: null,
        occurredAt: order.createdAt,
      },
    ]);
  });

  test('writes the order, its items, its first event and its outbox message', async () => {
    await create(client, {
      items: [
        { sku: 'cup-espresso', quantity: 1 },
        { sku: 'jug-milk', quantity: 1 },
      ],
    });
    expect(await countRows(system.sql)).toEqual({
      orders: before.orders + 1,
      items: before.items + 2,
      events: before.events + 1,
      messages: before.messages + 1,
    });
  });

  test('writes nothing where the outbox refuses the message', async () => {
    await system.sql.query(
      `ALTER TABLE outbox_messages ADD CONSTRAINT refuse_all CHECK (kind = 'NONE') NOT VALID`,
    );
    try {
      const answer = await client.execute(CreateOrderDocument, { input: orderInput() });
      expect(refusal(answer).code).toBe('INTERNAL_SERVER_ERROR');
      await expectNothingWritten();
    } finally {
      await system.sql.query('ALTER TABLE outbox_messages DROP CONSTRAINT refuse_all');
    }
  });

  test('keeps the order of 100 lines', async () => {
    const skus = Array.from({ length: 100 }, (_, index) => `line-${(index * 37) % 100}`);
    for (const sku of skus) await setProduct(system.sql, { sku });
    const { order } = await create(client, { items: skus.map((sku) => ({ sku, quantity: 1_000 })) });
    expect(order.items.map(({ sku }) => sku)).toEqual(skus);
    expect(order.total).toEqual({ amount: 100 * 1_000 * 100, currency: 'EUR' });
  });

  test.each([
    ['a UUID', randomUUID()],
    ['one character', 'k'],
    ['255 characters', 'k'.repeat(255)],
    ['every printable ASCII character', String.fromCharCode(...Array.from({ length: 95 }, (_, i) => i + 32))],
  ])('accepts a key of %s', async (_, idempotencyKey) => {
    const { order } = await create(client, { idempotencyKey });
    expect(order.idempotencyKey).toBe(idempotencyKey);
  });

  test('names the unknown and inactive products, and leaves the key unused', async () => {
    const idempotencyKey = randomUUID();
    const items = ['unknown', 'cup-espresso', 'inactive'].map((sku) => ({ sku, quantity: 1 }));
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      expect(await tryCreate(client, { idempotencyKey, items })).toEqual({
        __typename: 'ProductUnavailable',
        code: 'PRODUCT_UNAVAILABLE',
        message: expect.stringMatching(/unknown.*inactive/),
        skus: ['unknown', 'inactive'],
      });
      await expectNothingWritten();
    }
    expect((await create(client, { idempotencyKey })).replayed).toBe(false);
  });

  test.each([
    ['amount', { amount: 1_979, currency: 'EUR' }],
    ['currency', { amount: 1_980, currency: 'USD' }],
  ])(
    'answers PriceChanged for an expected total with another %s, and leaves the key unused',
    async (_, wrong) => {
      const idempotencyKey = randomUUID();
      for (let attempt = 1; attempt <= 2; attempt += 1) {
        expect(await tryCreate(client, { idempotencyKey, expectedTotal: wrong })).toEqual({
          __typename: 'PriceChanged',
          code: 'PRICE_CHANGED',
          message: expect.any(String),
          total: { amount: 1_980, currency: 'EUR' },
        });
        await expectNothingWritten();
      }
      const right = { amount: 1_980, currency: 'EUR' };
      const { replayed, order } = await create(client, { idempotencyKey, expectedTotal: right });
      expect({ replayed, total: order.total }).toEqual({ replayed: false, total: right });
    },
  );

  test('refuses lines in two currencies, and leaves the key unused', async () => {
    const idempotencyKey = randomUUID();
    const items = ['cup-espresso', 'mug-enamel'].map((sku) => ({ sku, quantity: 1 }));
    const answer = await client.execute(CreateOrderDocument, {
      input: orderInput({ idempotencyKey, items }),
    });
    expect(refusal(answer)).toEqual({
      code: 'BAD_USER_INPUT',
      violations: [{ field: 'items', message: 'must all have the same currency, not EUR and USD' }],
    });
    expect(answer.data ?? null).toBeNull();
    await expectNothingWritten();
    expect((await create(client, { idempotencyKey })).replayed).toBe(false);
  });

  test('accepts a total of 99999999 minor units and refuses one more', async () => {
    const dearest = { sku: 'dearest', quantity: 1 };
    const answer = await client.execute(CreateOrderDocument, {
      input: orderInput({ items: [dearest, { sku: 'cheapest', quantity: 1 }] }),
    });
    expect(refusal(answer)).toEqual({
      code: 'BAD_USER_INPUT',
      violations: [{ field: 'items', message: 'must not add up to more than 99999999 EUR in minor units' }],
    });
    await expectNothingWritten();
    const { order } = await create(client, { items: [dearest] });
    expect([order.total.amount, order.items[0]?.lineTotal.amount]).toEqual([MAX_TOTAL, MAX_TOTAL]);
  });

  test.each(['ISK', 'UGX'])(
    'accepts a total of 999999 %s, which the gateway counts in hundredths, and refuses one more',
    async (currency) => {
      await setProduct(system.sql, { sku: `one-${currency}`, unitAmount: 1, currency });
      await setProduct(system.sql, { sku: `most-${currency}`, unitAmount: 999_999, currency });
      const most = { sku: `most-${currency}`, quantity: 1 };
      const answer = await client.execute(CreateOrderDocument, {
        input: orderInput({ items: [most, { sku: `one-${currency}`, quantity: 1 }] }),
      });
      const message = `must not add up to more than 999999 ${currency} in minor units`;
      expect(refusal(answer)).toEqual({ code: 'BAD_USER_INPUT', violations: [{ field: 'items', message }] });
      const { order } = await create(client, { items: [most] });
      expect(order.total).toEqual({ amount: 999_999, currency });
    },
  );

  test('refuses a single line far above the limit', async () => {
    const items = [{ sku: 'dearest', quantity: 1_000 }];
    const answer = await client.execute(CreateOrderDocument, { input: orderInput({ items }) });
    expect(refusal(answer).code).toBe('BAD_USER_INPUT');
    await expectNothingWritten();
  });

  test('requires a token before it validates the input', async () => {
    const answer = await new ApiClient(url, undefined).execute(CreateOrderDocument, {
      input: orderInput({ idempotencyKey: '' }),
    });
    expect(refusal(answer)).toEqual({ code: 'UNAUTHENTICATED', violations: undefined });
    await expectNothingWritten();
  });
});
