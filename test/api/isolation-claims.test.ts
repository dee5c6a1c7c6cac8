import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SignJWT } from 'jose';
import { ApiClient } from '../support/api-client.js';
import {
  CancelOrderDocument,
  CreateOrderDocument,
  OrderDocument,
  OrdersDocument,
  orderInput,
} from '../support/documents.js';
import { DeadLettersDocument, SystemStatusDocument } from '../support/operator-documents.js';
import { RawSocket } from '../support/raw-socket.js';
import { callOf } from '../support/root-fields.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { countRows, create, faultyFields } from './orders-support.js';

const SECRET = 'the secret that this file signs with';
/** Names that might be read as a customer or a permission. */
const CLAIMS = {
  customerId: 'alice',
  customer_id: 'alice',
  operator: true,
  role: 'operator',
  scope: 'operator',
  groups: ['operator'],
  permissions: ['operator'],
  realm_access: { roles: ['operator'] },
};
const HEADERS = {
  'x-customer-id': 'alice',
  'x-user-id': 'alice',
  'x-forwarded-user': 'alice',
  'x-roles': 'operator',
  cookie: 'customerId=alice; role=operator',
};

describe('the caller of an operation', () => {
  let system: TestSystem;
  let url: string;
  let orderId: string;
  let bobToken: string;

  beforeAll(async () => {
    system = await setup({ ROLE: 'api', AUTH_JWT_SECRET: SECRET });
    ({ url } = await system.start());
    const token = async (claims: object) =>
      new SignJWT({ ...claims, exp: Math.floor(Date.now() / 1_000) + 600 })
        .setProtectedHeader({ alg: 'HS256' })
        .sign(new TextEncoder().encode(SECRET));
    orderId = (await create(new ApiClient(url, await token({ sub: 'alice' })))).order.id;
    bobToken = await token({ ...CLAIMS, sub: 'bob' });
  });

  afterAll(async () => {
    await system.close();
  });

  /** Sends as bob, who claims in every other place to be alice and an operator. */
  async function send(query: { toString(): string }, variables: object) {
    const response = await fetch(`${url}/graphql?customerId=alice&operator=true`, {
      method: 'POST',
      headers: { ...HEADERS, 'content-type': 'application/json', authorization: `Bearer ${bobToken}` },
      body: JSON.stringify({
        ...CLAIMS,
        query: query.toString(),
        variables: { ...CLAIMS, ...variables },
        extensions: CLAIMS,
      }),
    });
    return { status: response.status, ...((await response.json()) as { data?: unknown; errors?: never }) };
  }

  test('is the sub of the token, whatever its other claims, headers and variables say', async () => {
    const before = await countRows(system.sql);
    expect((await send(OrderDocument, { id: orderId })).data).toEqual({ order: null });
    expect((await send(OrdersDocument, {})).data).toMatchObject({ orders: { totalCount: 0 } });
    expect((await send(CancelOrderDocument, { input: { orderId } })).data).toMatchObject({
      cancelOrder: { code: 'ORDER_NOT_FOUND' },
    });
    for (const document of [DeadLettersDocument, SystemStatusDocument]) {
      expect((await send(document, {})).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    }
    expect(await countRows(system.sql)).toEqual(before);
  });

  test('is the sub of the token over a WebSocket, too', async () => {
    const socket = await RawSocket.open(url);
    socket.init({ ...CLAIMS, ...HEADERS, Authorization: `Bearer ${bobToken}` });
    await socket.message('connection_ack');
    const { query } = callOf('Subscription.orderEvents', {
      orderId,
      ...{ idempotencyKey: '', cursor: '', deadLetterId: '', discrepancyId: '' },
    });
    socket.subscribe('claims', query, CLAIMS);
    expect((await socket.message('error', 'claims')).payload).toMatchObject([
      { extensions: { code: 'BAD_USER_INPUT' } },
    ]);
    socket.subscribe('1', query, { orderId, afterVersion: 0 });
    expect((await socket.message('next', '1')).payload).toMatchObject({
      data: null,
      errors: [{ extensions: { code: 'NOT_FOUND' } }],
    });
    socket.terminate();
  });

  test('owns the order that they create', async () => {
    const answer = await send(CreateOrderDocument, { input: orderInput() });
    expect(answer.errors).toBeUndefined();
    const { rows } = await system.sql.query<{ customer: string }>(
      'SELECT customer_id AS customer FROM orders WHERE id <> $1',
      [orderId],
    );
    expect(rows).toEqual([{ customer: 'bob' }]);
  });

  test.each(['customerId', 'customer_id', 'operator', 'roles'])(
    'cannot be set by an input field: %s',
    async (name) => {
      const before = await countRows(system.sql);
      const bob = new ApiClient(url, bobToken);
      for (const [document, input] of [
        [CreateOrderDocument, orderInput()],
        [CancelOrderDocument, { orderId: randomUUID() }],
      ] as const) {
        const answer = await bob.send({
          query: document.toString(),
          variables: { input: { ...input, [name]: 'alice' } },
        });
        expect(answer.errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
        expect(faultyFields(answer)).toEqual(['input']);
      }
      expect(await countRows(system.sql)).toEqual(before);
    },
  );
});
