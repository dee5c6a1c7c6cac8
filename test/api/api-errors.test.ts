import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { ApiClient, type GraphQLAnswer } from '../support/api-client.js';
import { CreateOrderDocument, OrderDocument, OrderEventsDocument, orderInput } from '../support/documents.js';
import { RawSocket } from '../support/raw-socket.js';
import { runCommand } from '../support/run-command.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { create } from './orders-support.js';

const INTROSPECTION = '{ __schema { types { name } } }';
const PRODUCTION = {
  NODE_ENV: 'production',
  STRIPE_SECRET_KEY: 'sk_live_none',
  STRIPE_WEBHOOK_SECRET: 'whsec_none',
  SHUTDOWN_DRAIN_DELAY_MS: '0',
};

describe("the API's errors", () => {
  let system: TestSystem;
  let url: string;
  let productionUrl: string;
  let alice: ApiClient;
  const closing: ApiClient[] = [];

  beforeAll(async () => {
    system = await setup({ ROLE: 'api' });
    ({ url } = await system.start());
    ({ url: productionUrl } = await system.start(PRODUCTION));
    alice = await client(url);
  });

  afterEach(async () => {
    await Promise.all(closing.splice(0).map((each) => each.close()));
  });

  afterAll(async () => {
    await system.close();
  });

  async function client(to: string): Promise<ApiClient> {
    const made = new ApiClient(to, await system.token('alice'));
    closing.push(made);
    return made;
  }

  test('of a defect say only INTERNAL_SERVER_ERROR', async () => {
    const { order } = await create(alice);
    await system.sql.query('ALTER TABLE order_items RENAME TO order_items_away');
    try {
      for (const to of [url, productionUrl]) {
        const other = await client(to);
        const answers: GraphQLAnswer<unknown>[] = [
          await other.execute(OrderDocument, { id: order.id }),
          await other.execute(CreateOrderDocument, { input: orderInput() }),
        ];
        for (const { data, errors } of answers) {
          expect(Object.values(data ?? { none: null })).toEqual([null]);
          expect(errors).toEqual([
            {
              message: 'Something went wrong on our side.',
              path: expect.any(Array),
              locations: expect.any(Array),
              extensions: { code: 'INTERNAL_SERVER_ERROR' },
            },
          ]);
        }
      }
    } finally {
      await system.sql.query('ALTER TABLE order_items_away RENAME TO order_items');
    }
    expect((await alice.data(OrderDocument, { id: order.id })).order).toMatchObject(order);
  });

  test('of a defect say only INTERNAL_SERVER_ERROR over a WebSocket, too', async () => {
    const { order } = await create(alice);
    const socket = await RawSocket.connect(url, await system.token('alice'));
    await system.sql.query('ALTER TABLE order_items RENAME TO order_items_away');
    try {
      const query =
        'subscription ($id: ID!) { orderEvents(orderId: $id, afterVersion: 0) { order { items { sku } } } }';
      socket.subscribe('1', query, { id: order.id });
      expect((await socket.message('next', '1')).payload).toEqual({
        data: null,
        errors: [
          {
            message: 'Something went wrong on our side.',
            path: ['orderEvents', 'order', 'items'],
            locations: expect.any(Array),
            extensions: { code: 'INTERNAL_SERVER_ERROR' },
          },
        ],
      });
    } finally {
      await system.sql.query('ALTER TABLE order_items_away RENAME TO order_items');
      socket.terminate();
    }
  });

  test.each<[string, string, string]>([
    ['a syntax error', '{ orders {', 'GRAPHQL_PARSE_FAILED'],
    ['a field that does not exist', '{ secrets }', 'GRAPHQL_VALIDATION_FAILED'],
    ['a document without an operation', 'fragment F on Order { id }', 'GRAPHQL_VALIDATION_FAILED'],
    ['an argument of another type', '{ orders(first: "x") { totalCount } }', 'GRAPHQL_VALIDATION_FAILED'],
    ['a subscription, which goes over a WebSocket', OrderEventsDocument.toString(), 'BAD_REQUEST'],
  ])('for %s have their code', async (_, query, code) => {
    const { data, errors } = await alice.send({ query, variables: { orderId: 'x' } });
    expect(data ?? null).toBeNull();
    expect(errors?.map(({ extensions }) => extensions)).toEqual([{ code }]);
  });

  test('refuse introspection in production, unless it is enabled', async () => {
    const dev = await alice.send({ query: INTROSPECTION });
    expect(dev.data).toMatchObject({ __schema: { types: expect.arrayContaining([{ name: 'Order' }]) } });
    const production = await client(productionUrl);
    for (const query of [INTROSPECTION, '{ __type(name: "Order") { fields { name } } }']) {
      const { data, errors } = await production.send({ query });
      expect(data ?? null).toBeNull();
      expect(errors?.[0]?.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
    }
    const asked = await system.start({ ...PRODUCTION, GRAPHQL_INTROSPECTION: 'true' });
    expect((await (await client(asked.url)).send({ query: INTROSPECTION })).errors).toBeUndefined();
    // Only introspection is off.
    expect((await create(production)).replayed).toBe(false);
  });

  test('do not suggest names of the schema in production, over HTTP and WebSocket', async () => {
    const production = await client(productionUrl);
    const { errors } = await production.send({ query: '{ order(id: "1") { statuss } }' });
    expect(errors?.[0]?.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
    expect(JSON.stringify(errors)).not.toContain('Did you mean');
    const socket = await RawSocket.connect(productionUrl, await system.token('alice'));
    socket.subscribe('1', 'subscription { orderEvents(orderId: "1") { statuss } }');
    const { payload } = await socket.message('error', '1');
    expect(payload).toMatchObject([{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }]);
    expect(JSON.stringify(payload)).not.toContain('Did you mean');
    socket.terminate();
  });

  test('of a wrong configuration stop the process, with one line for each', async () => {
    const env = { ...system.env, NODE_ENV: 'production', PORT: 'x', AUTH_JWT_SECRET: '' };
    const { code, stderr } = await runCommand('main.js', { env });
    expect(code).toBe(1);
    expect(
      stderr
        .trim()
        .split('\n')
        .map((line) => line.split(':')[0]),
    ).toEqual(['PORT', 'AUTH_JWT_SECRET', 'STRIPE_SECRET_KEY', 'STRIPE_WEBHOOK_SECRET']);
  });
});
