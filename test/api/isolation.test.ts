import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import pg from 'pg';
import { ApiClient } from '../support/api-client.js';
import { CreateOrderDocument, orderInput, OrdersDocument } from '../support/documents.js';
import { RawSocket } from '../support/raw-socket.js';
import { type Call, callOf, CALLS, rootFields, type Things } from '../support/root-fields.js';
import { Desk } from './desk.js';
import { storeDiscrepancy } from './discrepancies-support.js';
import { create } from './orders-support.js';

const FIELDS = [...rootFields()].map(([name, { description }]) => ({
  name,
  forOperators: description?.startsWith('Operators only') ?? false,
}));
const OVER_HTTP = FIELDS.filter(({ name }) => !name.startsWith('Subscription.'));
const UNKNOWN: Things = {
  orderId: randomUUID(),
  idempotencyKey: randomUUID(),
  cursor: cursorOf(randomUUID()),
  deadLetterId: randomUUID(),
  discrepancyId: randomUUID(),
};

function cursorOf(orderId: string): string {
  return Buffer.from(`order:${orderId}`).toString('base64url');
}

/** An unknown id that sorts to the same place as this one. */
function unknownBeside(id: string): string {
  return id.slice(0, -1) + (id.endsWith('0') ? '1' : '0');
}

describe("another customer's order", () => {
  let desk: Desk;
  /** Alice's orders, one in each state; the first has an open dead letter and an open payment discrepancy. */
  let alices: Things[];
  let bobToken: string;

  beforeAll(async () => {
    desk = await Desk.open();
    bobToken = await desk.steps.system.token('bob');
    await create(desk.bob);
    const dead = await desk.deadCharge();
    const deadLetterId = (await desk.deadLetterOf(dead)).id;
    const discrepancyId = await storeDiscrepancy(desk.steps, { kind: 'AMOUNT_MISMATCH', orderId: dead });
    const ids = [dead, await desk.pending(), await desk.confirmed(), await desk.failed()];
    ids.push(await desk.cancelling(), await desk.cancelled());
    alices = await Promise.all(
      ids.map(async (orderId) => thingsOf(orderId, { deadLetterId, discrepancyId })),
    );
    await create(desk.bob);
  });

  afterAll(async () => {
    await desk.close();
  });

  async function thingsOf(
    orderId: string,
    others: Pick<Things, 'deadLetterId' | 'discrepancyId'>,
  ): Promise<Things> {
    const [row] = await desk.steps.select<{ key: string }>(
      'SELECT idempotency_key AS key FROM orders WHERE id = $1',
      [orderId],
    );
    return { orderId, idempotencyKey: row?.key ?? '', cursor: cursorOf(orderId), ...others };
  }

  /** The whole answer over HTTP, without its date. */
  async function answerTo(call: Call, token: string | undefined) {
    const response = await fetch(`${desk.api.url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(call),
    });
    const headers = [...response.headers].filter(([name]) => name !== 'date');
    return { status: response.status, headers, body: await response.text() };
  }

  /** All rows of all tables. */
  async function everything(): Promise<unknown> {
    const tables = await desk.steps.select<{ name: string }>(
      `SELECT table_name AS name FROM information_schema.tables
       WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY table_name`,
    );
    expect(tables.length).toBeGreaterThan(5);
    const rows = tables.map(async ({ name }) => [
      name,
      await desk.steps.select(`SELECT to_jsonb(t) AS row FROM "${name}" t ORDER BY to_jsonb(t)`),
    ]);
    return Promise.all(rows);
  }

  /** The SQL statements that `work` runs. */
  async function statementsOf<T>(work: () => Promise<T>): Promise<{ result: T; statements: unknown[] }> {
    const spy = jest.spyOn(pg.Client.prototype, 'query');
    try {
      const result = await work();
      const statements = spy.mock.calls.map(([query]: unknown[]) =>
        typeof query === 'string' ? query : (query as pg.QueryConfig).text,
      );
      return { result, statements };
    } finally {
      spy.mockRestore();
    }
  }

  test('is covered here for every field of Query, Mutation and Subscription', () => {
    expect(Object.keys(CALLS).toSorted()).toEqual(FIELDS.map(({ name }) => name).toSorted());
  });

  test.each(OVER_HTTP)('is neither shown nor changed without a valid token: $name', async ({ name }) => {
    const before = await everything();
    const expired = await desk.steps.system.token('alice', { lifetimeSeconds: -60, roles: ['operator'] });
    for (const token of [undefined, 'garbage', expired]) {
      for (const things of alices) {
        const { body } = await answerTo(callOf(name, things), token);
        const { data, errors } = JSON.parse(body) as { data: unknown; errors: object[] };
        expect(data ?? {}).toEqual(data == null ? {} : { [name.replace(/.*\./, '')]: null });
        expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
        expect(errors).toHaveLength(1);
      }
    }
    expect(await everything()).toEqual(before);
  });

  test.each(OVER_HTTP.filter(({ forOperators }) => forOperators))(
    "does not give a customer access to operators' fields, not even its own customer: $name",
    async ({ name }) => {
      const before = await everything();
      const aliceToken = await desk.steps.system.token('alice', { roles: ['customer'] });
      for (const token of [aliceToken, bobToken]) {
        const refusals = [];
        for (const things of [...alices, UNKNOWN]) refusals.push(await answerTo(callOf(name, things), token));
        expect(new Set(refusals.map((refusal) => JSON.stringify(refusal))).size).toBe(1);
        const { errors } = JSON.parse(refusals[0]?.body ?? '') as { errors: object[] };
        expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
        expect(errors).toHaveLength(1);
      }
      expect(await everything()).toEqual(before);
      const olgas = await desk.steps.system.token('olga', { roles: ['operator'] });
      const { body } = await answerTo(callOf(name, alices[0] ?? UNKNOWN), olgas);
      expect(JSON.parse(body)).not.toHaveProperty('errors');
    },
  );

  test.each(['Query.order', 'Query.orderByIdempotencyKey', 'Query.orders', 'Mutation.cancelOrder'])(
    'cannot be told from one that does not exist, not even by its SQL statements: %s',
    async (name) => {
      const before = await everything();
      for (const foreign of alices) {
        const orderId = unknownBeside(foreign.orderId);
        const unknown = { ...UNKNOWN, orderId, cursor: cursorOf(orderId) };
        const ask = async (things: Things) =>
          statementsOf(async () => answerTo(callOf(name, things), bobToken));
        const [theirs, absent] = [await ask(foreign), await ask(unknown)];
        expect(theirs).toEqual(absent);
        expect(theirs.statements.length).toBeGreaterThan(0);
        expect(theirs.result.body).not.toContain(foreign.orderId);
      }
      expect(await everything()).toEqual(before);
    },
  );

  test('cannot be told from one that does not exist in a subscription, not even by its SQL statements', async () => {
    for (const { orderId } of alices) {
      const ask = async (id: string) =>
        statementsOf(async () => {
          const socket = await RawSocket.connect(desk.api.url, bobToken);
          const { query, variables } = callOf('Subscription.orderEvents', { ...UNKNOWN, orderId: id });
          socket.subscribe('1', query, variables);
          await socket.message('complete', '1');
          socket.terminate();
          return JSON.stringify(socket.messages);
        });
      const [theirs, absent] = [await ask(orderId), await ask(unknownBeside(orderId))];
      expect(theirs).toEqual(absent);
      expect(theirs.statements.length).toBeGreaterThan(0);
      expect(theirs.result).toContain('NOT_FOUND');
    }
  });

  test("is neither listed nor counted, whoever's cursor a list starts after", async () => {
    const { orders } = await desk.bob.data(OrdersDocument, {});
    const [newer, older] = orders.edges.map(({ node }) => node.id);
    expect(orders.totalCount).toBe(2);
    for (const { cursor } of alices) {
      const { edges, totalCount, pageInfo } = (await desk.bob.data(OrdersDocument, { after: cursor })).orders;
      expect([edges.map(({ node }) => node.id), totalCount]).toEqual([[older], 2]);
      expect(pageInfo.hasNextPage).toBe(false);
    }
    expect(newer).not.toBe(older);
  });

  test('does not reserve its idempotency key for others', async () => {
    for (const { idempotencyKey, orderId } of alices) {
      const before = await desk.stored(orderId);
      const ask = async (key: string) =>
        statementsOf(async () => {
          // Differs from alice's input: from alice herself, this would be refused.
          const input = orderInput({ idempotencyKey: key, items: [{ sku: 'jug-milk', quantity: 1 }] });
          const client = new ApiClient(desk.api.url, await desk.steps.system.token('carol'));
          const { createOrder } = await client.data(CreateOrderDocument, { input });
          if (createOrder.__typename !== 'CreateOrderSuccess') throw new Error(createOrder.__typename);
          return createOrder;
        });
      const [taken, free] = [await ask(idempotencyKey), await ask(randomUUID())];
      expect(taken.statements).toEqual(free.statements);
      expect([taken.result.replayed, taken.result.order.id === orderId]).toEqual([false, false]);
      expect(await desk.stored(orderId)).toEqual(before);
    }
  });
});
