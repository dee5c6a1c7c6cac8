import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ApiClient } from '../support/api-client.js';
import { OrderDocument, ProductsDocument, UpsertProductDocument } from '../support/documents.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { create, faultyFields, refusal, tryCreate } from './orders-support.js';

const SEEDED = 22;
const EURO = { amount: 100, currency: 'EUR' };

describe('products', () => {
  let system: TestSystem;
  let url: string;
  let customer: ApiClient;
  let operator: ApiClient;

  beforeAll(async () => {
    system = await setup({ ROLE: 'api' });
    ({ url } = await system.start());
    customer = new ApiClient(url, await system.token('alice'));
    operator = new ApiClient(url, await system.token('olga', { roles: ['operator'] }));
  });

  afterAll(async () => {
    await system.close();
  });

  const list = async (variables: { first?: number; after?: string | null } = {}) =>
    (await customer.data(ProductsDocument, variables)).products;

  async function skus(first: number, between: () => Promise<unknown> = async () => undefined) {
    const seen: string[] = [];
    let after: string | null = null;
    for (let more = true; more;) {
      const { edges, pageInfo } = await list({ first, after });
      seen.push(...edges.map(({ node }) => node.sku));
      more = pageInfo.hasNextPage;
      after = pageInfo.endCursor;
      await between();
    }
    return seen;
  }

  async function rows(): Promise<unknown[]> {
    return (await system.sql.query<object>('SELECT * FROM products ORDER BY sku')).rows;
  }

  test('are listed by SKU, each once on pages of any size', async () => {
    const all = await list();
    expect(all).toMatchObject({
      totalCount: SEEDED,
      pageInfo: { hasNextPage: false, hasPreviousPage: false },
    });
    const sorted = all.edges.map(({ node }) => node.sku);
    expect(sorted).toEqual(sorted.toSorted());
    for (const first of [1, 7, 11, 21, 22, 100]) expect(await skus(first)).toEqual(sorted);
    expect(all.edges.find(({ node }) => node.sku === 'cup-espresso')?.node).toEqual({
      sku: 'cup-espresso',
      name: 'Espresso cup',
      active: true,
      price: { amount: 990, currency: 'EUR' },
    });
  });

  test('are neither repeated nor skipped while others are created', async () => {
    const before = await skus(100);
    let count = 0;
    const seen = await skus(4, async () => {
      count += 1;
      for (const sku of [`a-new-${count}`, `z-new-${count}`]) {
        await operator.data(UpsertProductDocument, { input: { sku, name: 'New', price: EURO } });
      }
    });
    expect(seen.filter((sku) => !sku.includes('-new-'))).toEqual(before);
    expect(new Set(seen).size).toBe(seen.length);
    await system.sql.query(`DELETE FROM products WHERE sku LIKE '_-new-%'`);
  });

  test.each([0, -1, 101])('are not listed with first: %d', async (first) => {
    expect(refusal(await customer.execute(ProductsDocument, { first }))).toEqual({
      code: 'BAD_USER_INPUT',
      violations: [{ field: 'first', message: 'must be from 1 to 100' }],
    });
  });

  test.each([
    ['garbage', 'garbage'],
    [
      "another list's cursor",
      Buffer.from('order:0190a5ad-0000-7000-8000-000000000000').toString('base64url'),
    ],
    ['a cursor without a SKU', Buffer.from('product:').toString('base64url')],
    ['a cursor with a NUL', Buffer.from('product:a\0').toString('base64url')],
  ])('are not listed with %s as a cursor', async (_, after) => {
    expect(refusal(await customer.execute(ProductsDocument, { after }))).toEqual({
      code: 'BAD_USER_INPUT',
      violations: [{ field: 'after', message: 'must be a cursor of this list' }],
    });
  });

  test('are created and changed by an operator, with the same result when the call is repeated', async () => {
    const created = { sku: 'tea', name: 'Tea', price: EURO };
    const changed = { sku: 'tea', name: 'Thé 🍵', price: { amount: 250, currency: 'USD' }, active: false };
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      const { upsertProduct } = await operator.data(UpsertProductDocument, { input: created });
      expect(upsertProduct).toEqual({ ...created, active: true });
    }
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      const { upsertProduct } = await operator.data(UpsertProductDocument, { input: changed });
      expect(upsertProduct).toEqual(changed);
      expect((await list()).totalCount).toBe(SEEDED + 1);
    }
    const { edges } = await list();
    expect(edges.map(({ node }) => node)).toContainEqual(changed);
    await system.sql.query(`DELETE FROM products WHERE sku = 'tea'`);
  });

  test('changed later do not change the price and name in existing orders', async () => {
    const input = { sku: 'filter-paper-100', name: 'Filters', price: { amount: 999, currency: 'USD' } };
    const items = [{ sku: input.sku, quantity: 3 }];
    const { order } = await create(customer, { items });
    await operator.data(UpsertProductDocument, { input });
    const stored = (await customer.data(OrderDocument, { id: order.id })).order;
    expect(stored?.items).toEqual(order.items);
    expect(stored).toMatchObject({
      total: { amount: 1_770, currency: 'EUR' },
      items: [{ name: 'Paper filters, 100 pieces', unitPrice: { amount: 590, currency: 'EUR' } }],
    });
    expect((await create(customer, { items })).order).toMatchObject({
      total: { amount: 2_997, currency: 'USD' },
      items: [{ name: 'Filters' }],
    });
    await operator.data(UpsertProductDocument, { input: { ...input, active: false } });
    expect(await tryCreate(customer, { items })).toMatchObject({
      __typename: 'ProductUnavailable',
      skus: [input.sku],
    });
  });

  test('cannot be changed by customers or without a token', async () => {
    const input = { sku: 'cup-espresso', name: 'Mine', price: { amount: 1, currency: 'EUR' } };
    const before = await rows();
    const byCustomer = await customer.execute(UpsertProductDocument, { input });
    expect(byCustomer.errors?.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN']);
    const anonymous = await new ApiClient(url, undefined).execute(UpsertProductDocument, { input });
    expect(anonymous.errors?.map(({ extensions }) => extensions.code)).toEqual(['UNAUTHENTICATED']);
    // A forbidden call is not told what is wrong with its input.
    const bad = await customer.execute(UpsertProductDocument, { input: { ...input, sku: '' } });
    expect(refusal(bad)).toEqual({ code: 'FORBIDDEN', violations: undefined });
    expect(await rows()).toEqual(before);
  });

  test.each<[string, object, string]>([
    ['an empty SKU', { sku: '' }, 'sku'],
    ['a SKU of 65 characters', { sku: 's'.repeat(65) }, 'sku'],
    ['a SKU with a space', { sku: 'two words' }, 'sku'],
    ['a SKU beyond ASCII', { sku: 'thé' }, 'sku'],
    ['an empty name', { name: '' }, 'name'],
    ['a name of 201 characters', { name: 'n'.repeat(201) }, 'name'],
    ['a name with a control character', { name: 'a\nb' }, 'name'],
    ['a name with a NUL', { name: 'a\0b' }, 'name'],
    ['a price of 0', { price: { amount: 0, currency: 'EUR' } }, 'price.amount'],
    ['a price that is a fraction', { price: { amount: 0.5, currency: 'EUR' } }, 'price.amount'],
    ['a price beyond 32 bits', { price: { amount: 2 ** 31, currency: 'EUR' } }, 'price.amount'],
    ['a currency in lower case', { price: { amount: 1, currency: 'eur' } }, 'price.currency'],
    ['a currency of 4 letters', { price: { amount: 1, currency: 'EURO' } }, 'price.currency'],
    ['a currency that ISO 4217 does not have', { price: { amount: 1, currency: 'ABC' } }, 'price.currency'],
    [
      'a price in dinars that the gateway can not take',
      { price: { amount: 1_005, currency: 'KWD' } },
      'price',
    ],
    ['a price in ariary that the gateway can not take', { price: { amount: 150, currency: 'MGA' } }, 'price'],
    ['text for active', { active: 'yes' }, 'active'],
  ])('are not stored with %s', async (_, change, field) => {
    const before = await rows();
    const answer = await operator.send({
      query: UpsertProductDocument.toString(),
      variables: { input: { sku: 'tea', name: 'Tea', price: EURO, ...change } },
    });
    expect(refusal(answer).code).toBe('BAD_USER_INPUT');
    expect(faultyFields(answer)).toEqual([field]);
    expect(await rows()).toEqual(before);
  });

  test('are refused with all violations in one answer', async () => {
    const input = { sku: '', name: '', price: { amount: 0, currency: '' } };
    const answer = await operator.execute(UpsertProductDocument, { input });
    expect(faultyFields(answer).toSorted()).toEqual(['name', 'price.amount', 'price.currency', 'sku']);
  });

  test('stay inactive where an update omits active or sets it to null', async () => {
    const input = { sku: 'tea', name: 'Tea', price: EURO };
    const upsert = async (more: object) =>
      (await operator.data(UpsertProductDocument, { input: { ...input, ...more } })).upsertProduct;
    expect(await upsert({ active: false })).toMatchObject({ active: false });
    expect(await upsert({ name: 'Green tea' })).toEqual({ ...input, name: 'Green tea', active: false });
    expect(await upsert({ active: null })).toMatchObject({ name: 'Tea', active: false });
    expect(await upsert({ active: true })).toMatchObject({ active: true });
    expect(await upsert({})).toMatchObject({ active: true });
    await system.sql.query(`DELETE FROM products WHERE sku = 'tea'`);
  });

  test('may have joiner characters or an EAN as their name', async () => {
    for (const name of ['قهوه\u200cساز', '👩\u200d🍳', '4006381333931']) {
      const { upsertProduct } = await operator.data(UpsertProductDocument, {
        input: { sku: 'tea', name, price: EURO },
      });
      expect(upsertProduct.name).toBe(name);
    }
    await system.sql.query(`DELETE FROM products WHERE sku = 'tea'`);
  });

  test('accept the longest name and SKU and the highest price, and are active where a new one has null', async () => {
    const input = {
      sku: '~'.repeat(64),
      name: '🍵'.repeat(200),
      price: { amount: 2_147_483_647, currency: 'EUR' },
      active: null,
    };
    const { upsertProduct } = await operator.data(UpsertProductDocument, { input });
    expect(upsertProduct).toEqual({ ...input, active: true });
  });
});
