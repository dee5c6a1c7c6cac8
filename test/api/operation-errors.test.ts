import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ApiClient } from '../support/api-client.js';
import { orderInput } from '../support/documents.js';
import { RawSocket } from '../support/raw-socket.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { create } from './orders-support.js';

const CREATE = 'mutation ($input: CreateOrderInput!) { createOrder(input: $input) { __typename } }';

const copies = (count: number, field: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => field(index)).join(' ');

describe('the errors of one operation', () => {
  let system: TestSystem;
  let url: string;
  let alice: ApiClient;

  beforeAll(async () => {
    system = await setup({ ROLE: 'api' });
    ({ url } = await system.start());
    alice = new ApiClient(url, await system.token('alice'));
  });

  afterAll(async () => {
    await system.close();
  });

  test('are limited to 100', async () => {
    const { order } = await create(alice);
    await system.sql.query('ALTER TABLE order_items RENAME TO order_items_away');
    try {
      const query = `query ($id: ID!) { ${copies(150, (i) => `a${i}: order(id: $id) { items { sku } }`)} }`;
      const { data, errors } = await alice.send({ query, variables: { id: order.id } });
      expect(Object.values(data ?? {})).toEqual(Array(150).fill(null));
      expect(errors).toHaveLength(100);
    } finally {
      await system.sql.query('ALTER TABLE order_items_away RENAME TO order_items');
    }
    const unknown = copies(150, (i) => `unknown${i}`);
    expect((await alice.send({ query: `{ ${unknown} }` })).errors).toHaveLength(100);
    const socket = await RawSocket.connect(url, await system.token('alice'));
    socket.subscribe('1', `subscription { ${unknown} }`);
    expect((await socket.message('error', '1')).payload).toHaveLength(100);
    socket.terminate();
  });

  test('have messages of at most 501 characters, whatever these quote', async () => {
    const name = 'x'.repeat(20_000);
    const answers = [
      await alice.send({ query: `{ ${name} }` }),
      await alice.send({ query: `{ orders(status: "${name}") { totalCount } }` }),
      await alice.send({
        query: 'query ($status: [OrderStatus!]) { orders(status: $status) { totalCount } }',
        variables: { status: name },
      }),
    ];
    for (const { errors } of answers) {
      expect(errors).toHaveLength(1);
      expect(errors?.[0]?.message.length).toBeLessThanOrEqual(501);
    }
  });

  test('contain at most 100 violations', async () => {
    // 100 lines with two violations each.
    const items = Array.from({ length: 100 }, () => ({ sku: '', quantity: 0 }));
    const { errors } = await alice.send({
      query: CREATE,
      variables: { input: orderInput({ items }) },
    });
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    expect(errors?.[0]?.extensions['violations']).toHaveLength(100);
  });

  test('for hundreds of values of a wrong type have BAD_USER_INPUT and BAD_REQUEST as codes', async () => {
    const items = Array.from({ length: 300 }, () => ({ sku: 'cup-espresso', quantity: 'x' }));
    const input = { ...orderInput(), items };
    const { status, errors = [] } = await alice.send({ query: CREATE, variables: { input } });
    expect(status).toBe(400);
    expect(new Set(errors.map(({ extensions }) => extensions.code))).toEqual(
      // The second code says that graphql-js stopped counting.
      new Set(['BAD_USER_INPUT', 'BAD_REQUEST']),
    );
    expect(errors.length).toBeLessThanOrEqual(100);
  });

  /** Documents with errors. */
  const WRONG: readonly { readonly query: string; readonly variables?: object }[] = [
    { query: '{ ordr }' },
    { query: '{ order }' },
    { query: '{ order(idd: 1) { statuss } }' },
    { query: '{ orders { edges } }' },
    { query: '{ orders(status: PENDIN) { __typename } }' },
    { query: '{ order(id: 1) { ... on OrderEvnt { __typename } } }' },
    { query: 'mutation ($input: CreateOrdrInput) { createOrder(input: $input) { __typename } }' },
    { query: 'mutation { createOrder(input: {}) { __typename } }' },
    {
      query: 'query ($s: [OrderStatus!]) { orders(status: $s) { __typename } }',
      variables: { s: ['PENDIN', 1, {}] },
    },
    { query: CREATE, variables: { input: {} } },
    { query: CREATE, variables: { input: { ...orderInput(), paymentMthod: 'x' } } },
    { query: CREATE, variables: { input: { ...orderInput(), items: ['x', { skuu: 'x', quantity: 1 }] } } },
    { query: CREATE, variables: { input: { ...orderInput(), expectedTotal: 'x; y' } } },
  ];
  const NAMES = [
    ...['Query', 'Mutation', 'Order', 'OrderEvent', 'OrderStatus', 'OrderConnection', 'OrderEdge', 'Money'],
    ...[
      'CreateOrderInput',
      'OrderItemInput',
      'MoneyInput',
      'CreateOrderResult',
      'PENDING',
      'order',
      'orders',
    ],
    ...['orderEvents', 'id', 'orderId', 'status', 'node', 'cursor', 'sku', 'items', 'quantity', 'amount'],
    ...['currency', 'idempotencyKey', 'paymentMethod', 'expectedTotal'],
  ];
  const named = (text: string) => NAMES.filter((name) => new RegExp(`\\b${name}\\b`).test(text));

  test('reveal no name of the schema in production that is not in the request', async () => {
    const { url: production } = await system.start({
      NODE_ENV: 'production',
      STRIPE_SECRET_KEY: 'sk_live_none',
      STRIPE_WEBHOOK_SECRET: 'whsec_none',
    });
    const token = await system.token('alice');
    const customer = new ApiClient(production, token);
    const socket = await RawSocket.connect(production, token);
    for (const [index, { query, variables = {} }] of WRONG.entries()) {
      const { errors } = await customer.send({ query, variables });
      expect(errors?.length).toBeGreaterThan(0);
      const revealed = JSON.stringify(errors?.map(({ message, extensions }) => [message, extensions]));
      const known = new Set(named(JSON.stringify([query, variables])));
      expect([revealed, named(revealed).filter((name) => !known.has(name))]).toEqual([revealed, []]);
      socket.subscribe(String(index), query.replace(/^(query|mutation)?/, 'subscription'), variables);
      expect(named(JSON.stringify((await socket.message('error', String(index))).payload))).toEqual([]);
    }
    socket.terminate();
  });

  test('name the input field over a WebSocket, too, whatever the variable is called', async () => {
    const socket = await RawSocket.connect(url, await system.token('alice'));
    const query = 'subscription ($v: Int) { orderEvents(orderId: "1", afterVersion: $v) { version } }';
    socket.subscribe('1', query, { v: 'x' });
    expect(JSON.stringify((await socket.message('next', '1')).payload)).toContain(
      '"violations":[{"field":"afterVersion","message":"must be a whole number of at most 32 bits"}]',
    );
    socket.terminate();
  });

  test('name the violations in production, too', async () => {
    const { url: production } = await system.start({ NODE_ENV: 'test', GRAPHQL_INTROSPECTION: 'false' });
    const customer = new ApiClient(production, await system.token('alice'));
    const input = { ...orderInput(), items: [{ sku: 'x', quantity: 1.5 }] };
    const { errors } = await customer.send({ query: CREATE, variables: { input } });
    expect(errors?.[0]?.extensions['violations']).toEqual([
      { field: 'items.0.quantity', message: 'must be a whole number of at most 32 bits' },
    ]);
    expect((await customer.send({ query: CREATE })).errors?.[0]?.message).toContain('is required');
  });
});
