import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import pg from 'pg';
import { ApiClient } from '../support/api-client.js';
import { CreateOrderDocument, orderInput, OrdersDocument } from '../support/documents.js';
import { RawSocket } from '../support/raw-socket.js';
import { type Call, callOf, CALLS, rootFields, type Things } from '../support/root-fields.js';
import { Desk } from './desk.js';
import { create } from './orders-support.js';

const FIELDS = [...rootFields()].map(([name, { description }]) => ({
  name,
  forOperators: description?.startsWith('Operators only') ?? false,
}));
const OVER_HTTP = FIELDS.filter(({ name }) => !name.startsWith('Subscription.'));
const NOBODY: Things = {
  orderId: randomUUID(),
  idempotencyKey: randomUUID(),
  cursor: cursorOf(randomUUID()),
  deadLetterId: randomUUID(),
};

function cursorOf(orderId: string): string {
  return Buffer.from(`order:${orderId}`).toString('base64url');
}

/** An id that no order has, at the same place of every list. */
function unknownBeside(id: string): string {
  return id.slice(0, -1) + (id.endsWith('0') ? '1' : '0');
}

describe("another's order", () => {
  let desk: Desk;
  /** Alice's, of which there is something in every state; the first has an open dead letter. */
  let alices: Things[];
  let bobToken: string;

  beforeAll(async () => {
    desk = await Desk.open();
    bobToken = await desk.steps.system.token('bob');
    await create(desk.bob);
    const dead = await desk.deadCharge();
    const deadLetterId = (await desk.deadLetterOf(dead)).id;
    const ids = [dead, await desk.pending(), await desk.confirmed(), await desk.failed()];
    ids.push(await desk.cancelling(), await desk.cancelled());
    alices = await Promise.all(ids.map(async (orderId) => thingsOf(orderId, deadLetterId)));
    await create(desk.bob);
  });

  afterAll(async () => {
    await desk.close();
  });

  async function thingsOf(orderId: string, deadLetterId: string): Promise<Things> {
    const [row] = await desk.steps.select<{ key: string }>(
      'SELECT idempotency_key AS key FROM orders WHERE id = $1',
      [orderId],
    );
    return { orderId, idempotencyKey: row?.key ?? '', cursor: cursorOf(orderId), deadLetterId };
  }

  /** The whole answer over HTTP, as bytes; only the time of day is left out. */
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

  /** What PostgreSQL is asked for while something is done. */
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

  test('is looked for by every field of Query, Mutation and Subscription here', () => {
    expect(Object.keys(CALLS).toSorted()).toEqual(FIELDS.map(({ name }) => name).toSorted());
  });

  test.each(OVER_HTTP)('is not shown without a good token, nor changed: $name', async ({ name }) => {
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
    'is no way to what is for operators, to its customer neither: $name',
    async ({ name }) => {
      const before = await everything();
      const aliceToken = await desk.steps.system.token('alice', { roles: ['customer'] });
      for (const token of [aliceToken, bobToken]) {
        const refusals = [];
        for (const things of [...alices, NOBODY]) refusals.push(await answerTo(callOf(name, things), token));
        expect(new Set(refusals.map((refusal) => JSON.stringify(refusal))).size).toBe(1);
        const { errors } = JSON.parse(refusals[0]?.body ?? '') as { errors: object[] };
        expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
        expect(errors).toHaveLength(1);
      }
      expect(await everything()).toEqual(before);
      const olgas = await desk.steps.system.token('olga', { roles: ['operator'] });
      const { body } = await answerTo(callOf(name, alices[0] ?? NOBODY), olgas);
      expect(JSON.parse(body)).not.toHaveProperty('errors');
    },
  );

  test.each(['Query.order', 'Query.orderByIdempotencyKey', 'Query.orders', 'Mutation.cancelOrder'])(
    'looks like one that does not exist, and takes the same statements: %s',
    async (name) => {
      const before = await everything();
      for (const foreign of alices) {
        const orderId = unknownBeside(foreign.orderId);
        const unknown = { ...NOBODY, orderId, cursor: cursorOf(orderId) };
        const ask = async (things: Things) =>
          statementsOf(async () => answerTo(callOf(name, things), bobToken));
        const [theirs, nobodys] = [await ask(foreign), await ask(unknown)];
        expect(theirs).toEqual(nobodys);
        expect(theirs.statements.length).toBeGreaterThan(0);
        expect(theirs.result.body).not.toContain(foreign.orderId);
      }
      expect(await everything()).toEqual(before);
    },
  );

  test('looks like one that does not exist in a subscription, and takes the same statements', async () => {
    for (const { orderId } of alices) {
      const ask = async (id: string) =>
        statementsOf(async () => {
          const socket = await RawSocket.connect(desk.api.url, bobToken);
          const { query, variables } = callOf('Subscription.orderEvents', { ...NOBODY, orderId: id });
          socket.subscribe('1', query, variables);
          await socket.message('complete', '1');
          socket.terminate();
          return JSON.stringify(socket.messages);
        });
      const [theirs, nobodys] = [await ask(orderId), await ask(unknownBeside(orderId))];
      expect(theirs).toEqual(nobodys);
      expect(theirs.statements.length).toBeGreaterThan(0);
      expect(theirs.result).toContain('NOT_FOUND');
    }
  });

  test("is passed over in lists, whoever's cursor they begin at, and not counted", async () => {
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

  test("leaves its key free for everyone else's orders", async () => {
    for (const { idempotencyKey, orderId } of alices) {
      const before = await desk.stored(orderId);
      const ask = async (key: string) =>
        statementsOf(async () => {
          // Other input than alice's: under her own key it would be refused.
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
