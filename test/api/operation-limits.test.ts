import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { getIntrospectionQuery, parse } from 'graphql';
import { ApiClient } from '../support/api-client.js';
import { orderInput } from '../support/documents.js';
import { RawSocket } from '../support/raw-socket.js';
import { type Environment, setup, type TestSystem } from '../support/test-system.js';
import { countRows, create } from './orders-support.js';

/** The order is at depth 2 in both; they cost 51 and 21 points without its fields. */
const mutation = (order: string) =>
  `mutation ($input: CreateOrderInput!) { createOrder(input: $input) { ... on CreateOrderSuccess { order { ${order} } } } }`;
const subscription = (order: string) =>
  `subscription ($orderId: ID!) { orderEvents(orderId: $orderId, afterVersion: 0) { order { ${order} } } }`;

const copies = (count: number, field: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => field(index)).join(' ');
const ids = (points: number) => copies(points * 10, () => 'id');
const untilTokens = (tokens: number, text: (order: string) => string) =>
  copies(1 + tokens - (parse(text('id')).tokenCount ?? 0), () => 'id');

/** Selections of an order, one at the limit and one above it. */
interface AtAndOver {
  readonly at: string;
  readonly over: string;
}
interface Row {
  readonly limit: Environment;
  readonly message: string;
  readonly overHttp: AtAndOver;
  readonly overWebSocket: AtAndOver;
}

const DEPTHS = { at: 'items { lineTotal { amount } }', over: 'events { order { total { amount } } }' };
const ALIASES = { at: 'a: id b: id c: id', over: 'a: id b: id c: id d: id' };
const ROWS: Readonly<Record<string, Row>> = {
  depth: {
    limit: { GRAPHQL_DEPTH_LIMIT: '5' },
    message: "The operation's depth is 6; at most 5 is allowed.",
    overHttp: DEPTHS,
    overWebSocket: DEPTHS,
  },
  aliases: {
    limit: { GRAPHQL_ALIAS_LIMIT: '3' },
    message: "The operation's number of aliases is 4; at most 3 is allowed.",
    overHttp: ALIASES,
    overWebSocket: ALIASES,
  },
  tokens: {
    limit: { GRAPHQL_TOKEN_LIMIT: '100' },
    message: 'At most 100 tokens are allowed.',
    overHttp: { at: untilTokens(100, mutation), over: untilTokens(101, mutation) },
    overWebSocket: { at: untilTokens(100, subscription), over: untilTokens(101, subscription) },
  },
  cost: {
    limit: { GRAPHQL_COST_LIMIT: '100' },
    message: "The operation's cost is 101; at most 100 is allowed.",
    overHttp: { at: ids(49), over: ids(50) },
    overWebSocket: { at: ids(79), over: ids(80) },
  },
};

describe('the limits of an operation', () => {
  let system: TestSystem;
  let url: string;
  const sockets: RawSocket[] = [];

  beforeAll(async () => {
    system = await setup({ ROLE: 'api' });
    ({ url } = await system.start());
  });

  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.terminate();
  });

  afterAll(async () => {
    await system.close();
  });

  const client = async (to = url) => new ApiClient(to, await system.token('alice'));

  async function connect(to = url): Promise<RawSocket> {
    const socket = await RawSocket.connect(to, await system.token('alice'));
    sockets.push(socket);
    return socket;
  }

  test.each(Object.entries(ROWS))(
    '%s: an operation at the limit is accepted, one above it is refused',
    async (_, row) => {
      const { url: limited } = await system.start(row.limit);
      const alice = await client(limited);
      const refused = [{ message: row.message, extensions: { code: 'QUERY_TOO_COMPLEX' } }];
      const send = (order: string) =>
        alice.send({ query: mutation(order), variables: { input: orderInput() } });

      const accepted = await send(row.overHttp.at);
      expect(accepted).toMatchObject({ status: 200, data: { createOrder: { order: expect.any(Object) } } });
      const before = await countRows(system.sql);
      // The second time, Apollo has the parsed and validated document in its cache.
      for (const attempt of [1, 2]) {
        expect([attempt, await send(row.overHttp.over)]).toMatchObject([
          attempt,
          { status: 400, errors: refused },
        ]);
      }
      expect(await countRows(system.sql)).toEqual(before);

      const { rows } = await system.sql.query<{ id: string }>('SELECT id FROM orders LIMIT 1');
      const socket = await connect(limited);
      socket.subscribe('over', subscription(row.overWebSocket.over), { orderId: rows[0]?.id });
      expect((await socket.message('error', 'over')).payload).toMatchObject(refused);
      socket.subscribe('at', subscription(row.overWebSocket.at), { orderId: rows[0]?.id });
      expect((await socket.message('next', 'at')).payload).toMatchObject({ data: { orderEvents: {} } });
      expect(socket.messages.filter(({ id }) => id === 'over')).toHaveLength(1);
    },
  );

  test('allow 100 orders in one document', async () => {
    const before = await countRows(system.sql);
    const indexes = Array.from({ length: 100 }, (_, index) => index);
    const query = `mutation (${indexes.map((i) => `$i${i}: CreateOrderInput!`).join(' ')}) {
      ${copies(100, (i) => `a${i}: createOrder(input: $i${i}) { __typename ... on CreateOrderSuccess { replayed order { ...F } } ... on OrderError { code message } }`)}
    }
    fragment F on Order { id status version items { sku quantity lineTotal { amount currency } } total { amount currency } }`;
    const variables = Object.fromEntries(indexes.map((i) => [`i${i}`, orderInput()]));
    const { status, data, errors } = await (await client()).send({ query, variables });
    expect([status, errors]).toEqual([200, undefined]);
    expect(Object.keys(data ?? {})).toHaveLength(100);
    expect((await countRows(system.sql)).orders).toBe(before.orders + 100);
  });

  test("allow the playground's introspection, but not 100 copies of it", async () => {
    for (const token of [await system.token('alice'), undefined]) {
      const anyone = new ApiClient(url, token);
      const { data, errors } = await anyone.send({ query: getIntrospectionQuery() });
      expect([errors, data]).toEqual([undefined, { __schema: expect.any(Object) }]);
      for (const query of [
        `{ __schema { ${copies(121, (i) => `a${i}: types { fields { name } }`)} } }`,
        `{ ${copies(122, (i) => `a${i}: __type(name: "Order") { name }`)} }`,
      ]) {
        expect((await anyone.send({ query })).errors).toMatchObject([
          { message: expect.stringContaining('cost is 12200'), extensions: { code: 'QUERY_TOO_COMPLEX' } },
        ]);
      }
    }
  });

  test('apply to fragments that multiply each other', async () => {
    const bomb = (root: string, type: string) =>
      `${root} ${copies(40, (i) => `fragment F${i} on ${type} { ...F${i + 1} ...F${i + 1} }`)} fragment F40 on ${type} { __typename version }`;
    const refused = [
      { message: expect.stringContaining('cost is '), extensions: { code: 'QUERY_TOO_COMPLEX' } },
    ];
    const answer = await (await client()).send({ query: bomb('{ order(id: 1) { ...F0 } }', 'Order') });
    expect(answer).toMatchObject({ status: 400, errors: refused });
    const socket = await connect();
    socket.subscribe('1', bomb('subscription { orderEvents(orderId: 1) { ...F0 } }', 'OrderEvent'));
    expect((await socket.message('error', '1')).payload).toMatchObject(refused);
  });

  test('apply to documents with thousands of brackets, without a crash of the process', async () => {
    const nested = (open: string, inner: string, close: string, levels: number) =>
      `{ order(id: 1) { ${open.repeat(levels)}${inner}${close.repeat(levels)} } }`;
    const alice = await client();
    for (const query of [
      nested('events { order { ', 'id', '} } ', 820),
      nested('events { ', 'id', '} ', 2_000),
      `{ orders(status: ${'['.repeat(2_450)}PENDING${']'.repeat(2_450)}) { totalCount } }`,
      `{ orders(status: ${'{ a: '.repeat(1_200)}PENDING${' }'.repeat(1_200)}) { totalCount } }`,
    ]) {
      const { status, errors } = await alice.send({ query });
      expect(status).toBe(400);
      expect(['QUERY_TOO_COMPLEX', 'GRAPHQL_VALIDATION_FAILED']).toContain(errors?.[0]?.extensions.code);
      const socket = await connect();
      socket.subscribe('1', query);
      await socket.message('error', '1');
    }
    await create(alice);
  });
});
