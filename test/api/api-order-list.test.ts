import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RunningApplication } from '../../src/application.js';
import type { OrdersQueryVariables } from '../generated/graphql.js';
import { ApiClient } from '../support/api-client.js';
import { OrdersDocument } from '../support/documents.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { create, move, refusal } from './orders-support.js';

const EXISTING = 7;

describe('the list of orders', () => {
  let system: TestSystem;
  let running: RunningApplication;
  let alice: ApiClient;
  let operator: ApiClient;
  /** Alice's orders, newest first. */
  let ids: string[];

  beforeAll(async () => {
    system = await setup({ ROLE: 'api' });
    running = await system.start();
    alice = await client('alice');
    operator = await client('olga', ['operator']);
    ids = [];
    for (let count = 0; count < EXISTING; count += 1) ids.unshift((await create(alice)).order.id);
  });

  afterAll(async () => {
    await system.close();
  });

  async function client(sub: string, roles: string[] = []): Promise<ApiClient> {
    return new ApiClient(running.url, await system.token(sub, { roles }));
  }

  const list = async (reader: ApiClient, variables: OrdersQueryVariables = {}) =>
    (await reader.data(OrdersDocument, variables)).orders;

  /** All pages from the first to the last; `between` runs after each of them. */
  async function walk(
    reader: ApiClient,
    first: number,
    between: () => Promise<unknown> = async () => undefined,
  ): Promise<string[]> {
    const seen: string[] = [];
    let after: string | null = null;
    for (let more = true; more;) {
      const { edges, pageInfo } = await list(reader, { first, after });
      expect(pageInfo.hasPreviousPage).toBe(after !== null);
      expect([pageInfo.startCursor, pageInfo.endCursor]).toEqual([edges[0]?.cursor, edges.at(-1)?.cursor]);
      expect(edges.length).toBeLessThanOrEqual(first);
      if (pageInfo.hasNextPage) expect(edges).toHaveLength(first);
      seen.push(...edges.map(({ node }) => node.id));
      more = pageInfo.hasNextPage;
      after = pageInfo.endCursor;
      await between();
    }
    return seen;
  }

  test('is newest first, 20 to a page by default', async () => {
    const { edges, totalCount } = await list(alice);
    expect(edges.map(({ node }) => node.id)).toEqual(ids);
    expect(totalCount).toBe(EXISTING);
    const times = edges.map(({ node }) => Date.parse(node.createdAt));
    expect(times).toEqual(times.toSorted((a, b) => b - a));
    const carol = await client('carol');
    for (let count = 0; count < 21; count += 1) await create(carol);
    const page = await list(carol);
    expect([page.edges.length, page.totalCount, page.pageInfo.hasNextPage]).toEqual([20, 21, true]);
  });

  test.each(Array.from({ length: EXISTING + 1 }, (_, index) => index + 1))(
    'contains every order once on pages of %d',
    async (first) => {
      expect(await walk(alice, first)).toEqual(ids);
    },
  );

  test('neither repeats nor skips an order while new ones come in', async () => {
    const dave = await client('dave');
    const existing: string[] = [];
    for (let count = 0; count < EXISTING; count += 1) existing.unshift((await create(dave)).order.id);
    for (const first of [1, 2, 3]) {
      const before = await walk(dave, 100);
      const seen = await walk(dave, first, () => create(dave));
      expect(seen).toEqual(before);
    }
    expect((await walk(dave, 100)).slice(-EXISTING)).toEqual(existing);
  });

  test('is empty for a customer without orders', async () => {
    expect(await list(await client('nobody'))).toEqual({
      totalCount: 0,
      edges: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
    });
  });

  test("shows customers their own orders only, and operators everyone's", async () => {
    const erin = await client('erin');
    const { order } = await create(erin);
    expect((await list(erin)).edges.map(({ node }) => node.id)).toEqual([order.id]);
    const everyone = await walk(operator, 10);
    expect(everyone).toEqual(expect.arrayContaining([order.id, ...ids]));
    expect(everyone).toHaveLength((await list(operator)).totalCount);
    expect(everyone).toEqual(everyone.toSorted().toReversed());
  });

  test("accepts a cursor of another customer's order, but shows only the caller's own orders", async () => {
    const { edges } = await list(alice, { first: 1 });
    const frank = await client('frank');
    const { order } = await create(frank);
    expect((await list(frank, { after: edges[0]?.cursor ?? null })).edges).toEqual([]);
    const his = await list(frank);
    const after = his.edges[0]?.cursor ?? null;
    expect(his.edges.map(({ node }) => node.id)).toEqual([order.id]);
    expect((await list(alice, { after })).edges.map(({ node }) => node.id)).toEqual(ids);
  });

  test('is filtered by status, including its count and its pages', async () => {
    const grace = await client('grace');
    const all: string[] = [];
    for (let count = 0; count < 6; count += 1) all.unshift((await create(grace)).order.id);
    const moved = all.filter((_, index) => index % 2 === 0);
    for (const id of moved) await move(running, id, 'PAYMENT_STARTED', { status: 'PENDING', version: 1 });
    const pending = await list(grace, { status: ['PENDING'], first: 2 });
    expect(pending).toMatchObject({ totalCount: 3, pageInfo: { hasNextPage: true } });
    expect(pending.edges.map(({ node }) => [node.id, node.status])).toEqual([
      [all[1], 'PENDING'],
      [all[3], 'PENDING'],
    ]);
    const rest = await list(grace, { status: ['PENDING'], first: 2, after: pending.pageInfo.endCursor });
    expect(rest.edges.map(({ node }) => node.id)).toEqual([all[5]]);
    const of = async (status: OrdersQueryVariables['status']) =>
      (await list(grace, { status: status ?? null })).edges.map(({ node }) => node.id);
    expect(await of(['PAYMENT_PROCESSING'])).toEqual(moved);
    expect(await of(['PENDING', 'PAYMENT_PROCESSING'])).toEqual(all);
    expect(await of(['CONFIRMED', 'PAYMENT_FAILED'])).toEqual([]);
    expect(await of([])).toEqual([]);
    expect(await of(null)).toEqual(all);
  });

  test.each([0, -1, 101])('refuses first: %d', async (first) => {
    expect(refusal(await alice.execute(OrdersDocument, { first }))).toEqual({
      code: 'BAD_USER_INPUT',
      violations: [{ field: 'first', message: 'must be from 1 to 100' }],
    });
  });

  test.each([
    ['empty text', ''],
    ['garbage', 'garbage'],
    ['an id', '0190a5ad-0000-7000-8000-000000000000'],
    ["another list's cursor", Buffer.from('product:cup-espresso').toString('base64url')],
    [
      "another list's cursor with an id",
      Buffer.from('product:0190a5ad-0000-7000-8000-000000000000').toString('base64url'),
    ],
    ['a cursor without an id', Buffer.from('order:cup-espresso').toString('base64url')],
    ['a cursor with SQL in it', Buffer.from("order:' OR 1=1 --").toString('base64url')],
  ])('refuses %s as a cursor', async (_, after) => {
    expect(refusal(await alice.execute(OrdersDocument, { after }))).toEqual({
      code: 'BAD_USER_INPUT',
      violations: [{ field: 'after', message: 'must be a cursor of this list' }],
    });
  });

  test('refuses a status that does not exist', async () => {
    const answer = await alice.send({ query: '{ orders(status: [LOST]) { totalCount } }' });
    expect(answer.errors?.[0]?.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
    const variables = { status: ['LOST'] };
    const query = 'query ($status: [OrderStatus!]) { orders(status: $status) { totalCount } }';
    expect(refusal(await alice.send({ query, variables })).code).toBe('BAD_USER_INPUT');
  });
});
