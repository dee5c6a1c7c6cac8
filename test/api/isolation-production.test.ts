import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { getIntrospectionQuery, parse, visit } from 'graphql';
import { ApiClient } from '../support/api-client.js';
import {
  CreateOrderDocument,
  OrderEventsDocument,
  orderInput,
  OrdersDocument,
} from '../support/documents.js';
import { RawSocket } from '../support/raw-socket.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { countRows, create } from './orders-support.js';

const PRODUCTION = {
  NODE_ENV: 'production',
  STRIPE_SECRET_KEY: 'sk_live_none',
  STRIPE_WEBHOOK_SECRET: 'whsec_none',
  SHUTDOWN_DRAIN_DELAY_MS: '0',
};
const REFUSED = {
  errors: [{ message: 'A valid token is required.', extensions: { code: 'UNAUTHENTICATED' } }],
};
const PARSED_BUT_WRONG: [string, string][] = [
  ['a field', '{ order(id: "1") { statuss } }'],
  ['a query', '{ ordrs { totalCount } }'],
  ['an argument', '{ orders(frst: 1) { totalCount } }'],
  ['a missing argument', '{ order { id } }'],
  ['a value', '{ orders(first: "one") { totalCount } }'],
  ['a value of a list', '{ orders(status: [PENDNG]) { totalCount } }'],
  ['an input', 'mutation { createOrder(input: { itms: [] }) { __typename } }'],
  ['an input without required fields', 'mutation { createOrder(input: {}) { __typename } }'],
  ['a fragment', '{ order(id: "1") { ... on Ordr { id } } }'],
  ['a fragment of another type', '{ order(id: "1") { ... on Money { amount } } }'],
  ['a missing selection', '{ orders }'],
  ['a selection of a plain value', '{ order(id: "1") { id { x } } }'],
  ['a variable', 'query ($x: Strin) { order(id: $x) { id } }'],
  ['a variable of another type', 'query ($x: Int) { order(id: $x) { id } }'],
  ['a directive', '{ orders @skp(if: true) { totalCount } }'],
  ['two different fields of one name', '{ orders { x: totalCount x: edges { cursor } } }'],
  ['introspection', '{ __schema { types { name } } }'],
  ['introspection of one type', '{ __type(name: "Order") { fields { name } } }'],
];

/** Names of types, fields, arguments and values, except those that every error has. */
const NAMES = namesOf(readFileSync('schema.graphql', 'utf8')).filter(
  (name) => !/^(message|code)$/.test(name),
);

function namesOf(source: string): string[] {
  const names = new Set<string>();
  visit(parse(source), { Name: ({ value }) => void names.add(value) });
  return [...names];
}

describe('in production', () => {
  let system: TestSystem;
  let url: string;
  let alice: ApiClient;
  let token: string;

  beforeAll(async () => {
    system = await setup({ ROLE: 'api', ...PRODUCTION });
    ({ url } = await system.start());
    token = await system.token('alice');
    alice = new ApiClient(url, token);
  });

  afterAll(async () => {
    await system.close();
  });

  const post = async (body: unknown, authorization?: string) =>
    fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(authorization !== undefined && { authorization }) },
      body: JSON.stringify(body),
    });

  /** Names of the schema that are in the answer but not in the request. */
  function namesRevealedBy(answer: string, request: string): string[] {
    const words = (text: string) => new Set(text.match(/\w+/g));
    const [answered, asked] = [words(answer), words(request)];
    return NAMES.filter((name) => answered.has(name) && !asked.has(name));
  }

  const codesOf = (errors: unknown): string[] => [
    ...new Set((errors as { extensions: { code: string } }[]).map(({ extensions }) => extensions.code)),
  ];

  test.each<[string, unknown]>([
    ['a query', { query: OrdersDocument.toString() }],
    ['a query of __typename', { query: '{ __typename }' }],
    ['a mutation', { query: CreateOrderDocument.toString(), variables: { input: orderInput() } }],
    ['a subscription', { query: OrderEventsDocument.toString(), variables: { orderId: '1' } }],
    ['introspection', { query: getIntrospectionQuery() }],
    ['a syntax error', { query: '{ orders {' }],
    ['a field that does not exist', { query: '{ nothing }' }],
    ['a missing argument', { query: '{ order { id } }' }],
    [
      'variables of a wrong type',
      { query: 'query ($x: Int) { orders(first: $x) { totalCount } }', variables: { x: 'y' } },
    ],
    ['a wrong operation name', { query: '{ __typename }', operationName: 'Nothing' }],
    ['two operations', { query: 'query A { __typename } query B { __typename }' }],
    ['a persisted query', { extensions: { persistedQuery: { version: 1, sha256Hash: 'a'.repeat(64) } } }],
    ['an empty query', { query: '' }],
    ['a query that is not a string', { query: { orders: true } }],
    ['an empty object', {}],
    ['a list', [{ query: '{ __typename }' }]],
    ['a query that is too long', { query: `{ ${'orders { totalCount } '.repeat(3_000)} }` }],
  ])('without a valid token, %s always gets the same 401', async (_, body) => {
    const before = await countRows(system.sql);
    const expired = await system.token('alice', { lifetimeSeconds: -60 });
    for (const authorization of [undefined, '', 'Bearer garbage', `Bearer ${expired}`, `Basic ${token}`]) {
      const response = await post(body, authorization);
      expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
      expect(await response.json()).toEqual(REFUSED);
    }
    expect(await countRows(system.sql)).toEqual(before);
  });

  test('without a valid token, an answer to what is not a GraphQL request reveals no name of the schema', async () => {
    const refused = [
      await fetch(`${url}/graphql?query=${encodeURIComponent('{ orders { totalCount } }')}`),
      await fetch(`${url}/graphql`, { headers: { accept: 'text/html' } }),
      await fetch(`${url}/graphql`, {
        method: 'POST',
        body: 'x',
        headers: { 'content-type': 'application/json' },
      }),
      await fetch(`${url}/graphql`, {
        method: 'POST',
        body: '{ orders }',
        headers: { 'content-type': 'application/graphql' },
      }),
    ];
    for (const response of refused) {
      expect(response.status).toBeGreaterThanOrEqual(400);
      // An explanation by Apollo contains these two as plain words.
      expect(namesRevealedBy(await response.text(), 'name type')).toEqual([]);
    }
  });

  test.each(PARSED_BUT_WRONG)(
    'an error in %s of a document reveals no name of the schema',
    async (_, query) => {
      const response = await post({ query }, `Bearer ${token}`);
      const text = await response.text();
      expect(codesOf((JSON.parse(text) as { errors: unknown }).errors)).toEqual([
        'GRAPHQL_VALIDATION_FAILED',
      ]);
      expect(namesRevealedBy(text, query)).toEqual([]);
    },
  );

  test.each<[string, string]>([
    ['a field', 'subscription { orderEvents(orderId: "1") { statuss } }'],
    ['a subscription', 'subscription { allEvents { id } }'],
    ['a missing argument', 'subscription { orderEvents { version } }'],
    ['an argument', 'subscription { orderEvents(orderId: "1", aftr: 1) { version } }'],
    ['a missing selection', 'subscription { orderEvents(orderId: "1") }'],
    ['a fragment', 'subscription { orderEvents(orderId: "1") { ... on Ordr { id } } }'],
    ['introspection', 'subscription { __schema { types { name } } }'],
    [
      'introspection beside a field',
      'subscription { orderEvents(orderId: "1") { version } __schema { types { name } } }',
    ],
    ['introspection by a query', getIntrospectionQuery()],
  ])('over a WebSocket, an error in %s of a document reveals no name of the schema', async (_, query) => {
    const socket = await RawSocket.connect(url, token);
    socket.subscribe('1', query);
    const { payload } = await socket.message('error', '1');
    expect(['GRAPHQL_VALIDATION_FAILED', 'BAD_REQUEST']).toEqual(expect.arrayContaining(codesOf(payload)));
    expect(namesRevealedBy(JSON.stringify(payload), query)).toEqual([]);
    socket.terminate();
  });

  test('without a valid token, a WebSocket is closed before any operation is read', async () => {
    for (const payload of [undefined, {}, { Authorization: 'Bearer garbage' }]) {
      const socket = await RawSocket.open(url);
      socket.init(payload);
      socket.subscribe('1', 'subscription { orderEvents(orderId: "1") { statuss } }');
      expect((await socket.closed()).code).toBeGreaterThanOrEqual(4400);
      expect(socket.messages).toEqual([]);
    }
  });

  test('with a valid token, createOrder, orders and orderEvents work as usual', async () => {
    const { order } = await create(alice);
    expect((await alice.data(OrdersDocument, {})).orders.edges[0]?.node.id).toBe(order.id);
    await alice.watch(order.id, 0).until('its first event', ({ version }) => version === 1);
    await alice.close();
  });
});
