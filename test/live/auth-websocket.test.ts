import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { UnsecuredJWT } from 'jose';
import WebSocket from 'ws';
import { signToken } from '../../src/dev/tokens.js';
import { ApiClient } from '../support/api-client.js';
import { CreateOrderDocument, OrderEventsDocument, orderInput } from '../support/documents.js';
import { RawSocket } from '../support/raw-socket.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';
import { countRows, create } from '../api/orders-support.js';

const SUBSCRIPTION = OrderEventsDocument.toString();
/** The maximum size of a frame, in bytes. */
const MAX_FRAME = 65_536;

/** The errors of a subscription that completed without data. */
async function errorsOf(socket: RawSocket, id: string): Promise<unknown> {
  await socket.message('complete', id);
  const { data, errors } = (await socket.message('next', id)).payload as { data: unknown; errors: unknown };
  expect(data).toBeNull();
  return errors;
}

describe('the WebSocket', () => {
  let system: TestSystem;
  let url: string;
  let token: string;
  let alice: ApiClient;

  beforeAll(async () => {
    system = await setup({ ROLE: 'api' });
    ({ url } = await system.start());
    token = await system.token('alice');
    alice = new ApiClient(url, token);
  });

  afterAll(async () => {
    await system.close();
  });

  test.each<[string, () => Promise<object | undefined> | object | undefined]>([
    ['nothing', () => undefined],
    ['an empty payload', () => ({})],
    ['a token that is not a string', () => ({ Authorization: { Bearer: token } })],
    ['garbage', () => ({ Authorization: 'Bearer garbage' })],
    ['a token without its scheme', () => ({ Authorization: token })],
    ['a token under another name', () => ({ token: `Bearer ${token}` })],
    [
      'an expired token',
      async () => ({ Authorization: `Bearer ${await system.token('alice', { lifetimeSeconds: -60 })}` }),
    ],
    [
      'a token signed with another secret',
      async () => {
        const secret = 'another secret of 32 bytes and more';
        return { Authorization: `Bearer ${await signToken(secret, { sub: 'alice', lifetimeSeconds: 60 })}` };
      },
    ],
    [
      'an unsigned token',
      () => ({ Authorization: `Bearer ${new UnsecuredJWT({ sub: 'alice', exp: 9_999_999_999 }).encode()}` }),
    ],
  ])('is closed with 4403 after a connection_init with %s', async (_, payload) => {
    const socket = await RawSocket.open(url);
    socket.init(await payload());
    expect(await socket.closed()).toEqual({ code: 4403, reason: 'Forbidden' });
    expect(socket.messages).toEqual([]);
  });

  test('is closed with 4403 when the token expires while a subscription runs', async () => {
    const { order } = await create(alice);
    const socket = await RawSocket.connect(url, await system.token('alice', { lifetimeSeconds: 2 }));
    socket.subscribe('1', SUBSCRIPTION, { orderId: order.id, afterVersion: 0 });
    expect(await socket.message('next', '1')).toMatchObject({
      payload: { data: { orderEvents: { version: 1 } } },
    });
    expect(await socket.closed()).toEqual({ code: 4403, reason: 'Forbidden' });
  });

  test('is closed where connection_init is late or is not the first message', async () => {
    const silent = await RawSocket.open(url);
    const hasty = await RawSocket.open(url);
    hasty.subscribe('1', SUBSCRIPTION, { orderId: randomUUID() });
    expect((await hasty.closed()).code).toBe(4401);
    expect((await silent.closed()).code).toBe(4408);
    expect([...hasty.messages, ...silent.messages]).toEqual([]);
  });

  test('is closed after a second connection_init, so that each socket has one caller', async () => {
    const socket = await RawSocket.connect(url, token);
    socket.init({ Authorization: `Bearer ${await system.token('bob')}` });
    expect((await socket.closed()).code).toBe(4429);
  });

  test.each([
    ['not JSON', 'hello'],
    ['not a message of the protocol', '{"type":"hello"}'],
    ['null', 'null'],
  ])('is closed after a frame that is %s', async (_, frame) => {
    const socket = await RawSocket.connect(url, token);
    socket.send(frame);
    expect((await socket.closed()).code).toBe(4400);
  });

  test('is refused on another path and with another subprotocol', async () => {
    const elsewhere = new WebSocket(`${url.replace('http', 'ws')}/other`, 'graphql-transport-ws');
    const error = await new Promise<Error>((resolve) => elsewhere.on('error', resolve));
    expect(error.message).toContain('404');
    const old = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-ws');
    const refused = new Promise((resolve) => {
      old.on('error', resolve);
      old.on('close', resolve);
    });
    await refused;
    expect(old.readyState).not.toBe(WebSocket.OPEN);
  });

  test.each([
    ['a query', '{ orders { totalCount } }', {}],
    ['a mutation', CreateOrderDocument.toString(), { input: orderInput() }],
  ])('refuses %s', async (_, query, variables) => {
    const before = await countRows(system.sql);
    const socket = await RawSocket.connect(url, token);
    socket.subscribe('1', query, variables);
    expect((await socket.message('error', '1')).payload).toEqual([
      { message: expect.stringContaining('Only subscriptions'), extensions: { code: 'BAD_REQUEST' } },
    ]);
    expect(await countRows(system.sql)).toEqual(before);
    // The socket stays open.
    const { order } = await create(alice);
    socket.subscribe('2', SUBSCRIPTION, { orderId: order.id, afterVersion: 0 });
    await socket.message('next', '2');
    socket.terminate();
  });

  test.each([
    ['a syntax error', 'subscription {', 'GRAPHQL_PARSE_FAILED'],
    ['a field that does not exist', 'subscription { nothing }', 'GRAPHQL_VALIDATION_FAILED'],
  ])('refuses %s', async (_, query, code) => {
    const socket = await RawSocket.connect(url, token);
    socket.subscribe('1', query);
    expect((await socket.message('error', '1')).payload).toMatchObject([{ extensions: { code } }]);
    socket.terminate();
  });

  test('refuses an operation without its variables and a negative afterVersion', async () => {
    const { order } = await create(alice);
    const socket = await RawSocket.connect(url, token);
    socket.subscribe('1', SUBSCRIPTION);
    socket.subscribe('2', SUBSCRIPTION, { orderId: order.id, afterVersion: -1 });
    expect(await errorsOf(socket, '1')).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    expect(await errorsOf(socket, '2')).toMatchObject([
      {
        extensions: {
          code: 'BAD_USER_INPUT',
          violations: [{ field: 'afterVersion', message: 'must be at least 0' }],
        },
      },
    ]);
    socket.terminate();
  });

  test('accepts a frame below 64 KiB and closes with 1009 after a larger one', async () => {
    const consoleError = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    try {
      const { order } = await create(alice);
      const socket = await RawSocket.connect(url, token);
      const padding = ' '.repeat(MAX_FRAME - 1_000);
      socket.subscribe('1', `${SUBSCRIPTION}${padding}`, { orderId: order.id, afterVersion: 0 });
      await socket.message('next', '1');
      socket.subscribe('2', `${SUBSCRIPTION}${padding}${' '.repeat(1_000)}`, { orderId: order.id });
      expect((await socket.closed()).code).toBe(1009);
      expect(consoleError).not.toHaveBeenCalled();
    } finally {
      consoleError.mockRestore();
    }
    await create(alice);
  });

  test("answers NOT_FOUND for another customer's order, as for one that does not exist", async () => {
    const { order } = await create(alice);
    const bob = await RawSocket.connect(url, await system.token('bob'));
    const answers = [];
    for (const [index, orderId] of [order.id, randomUUID(), 'no-uuid', '', 'a\0b'].entries()) {
      bob.subscribe(String(index), SUBSCRIPTION, { orderId, afterVersion: 0 });
      answers.push(await errorsOf(bob, String(index)));
    }
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toMatchObject([
      { message: 'There is no such order.', path: ['orderEvents'], extensions: { code: 'NOT_FOUND' } },
    ]);
    bob.terminate();
  });

  test('lets an operator subscribe to any order', async () => {
    const { order } = await create(alice);
    const olga = new ApiClient(url, await system.token('olga', { roles: ['operator'] }));
    const watch = olga.watch(order.id, 0);
    await waitFor('the first event', () => watch.events.length === 1);
    expect(watch.events[0]).toMatchObject({ orderId: order.id, version: 1 });
    await olga.close();
  });
});
