import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { WebSocketServer } from 'ws';
import { SubscriptionServer } from '../../src/subscriptions/subscription-server.js';
import { RawSocket } from '../support/raw-socket.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';

describe('the maximum of sockets per customer', () => {
  let system: TestSystem;
  let url: string;
  let sockets: WebSocketServer['clients'];
  const opened: RawSocket[] = [];

  beforeAll(async () => {
    system = await setup({ ROLE: 'api' });
    const running = await system.start({
      WEBSOCKET_LIMIT_PER_CUSTOMER: '2',
      WEBSOCKET_MESSAGES_PER_MINUTE: '10',
    });
    ({ url } = running);
    const server = running.app.get(SubscriptionServer, { strict: false });
    sockets = (server as unknown as { readonly sockets: WebSocketServer }).sockets.clients;
  });

  afterEach(async () => {
    for (const socket of opened.splice(0)) socket.terminate();
    await waitFor('the end of all', () => sockets.size === 0);
  });

  afterAll(async () => {
    await system.close();
  });

  async function open(): Promise<RawSocket> {
    const socket = await RawSocket.open(url);
    opened.push(socket);
    return socket;
  }

  async function connect(sub = 'alice', lifetimeSeconds = 600): Promise<RawSocket> {
    const socket = await RawSocket.connect(url, await system.token(sub, { lifetimeSeconds }));
    opened.push(socket);
    return socket;
  }

  const authorization = async () => ({ Authorization: `Bearer ${await system.token('alice')}` });

  async function refused(): Promise<object> {
    const socket = await open();
    socket.init(await authorization());
    return socket.closed();
  }

  /** Expects that exactly two sockets can be opened. */
  async function expectTwo(): Promise<void> {
    await waitFor('room for a first socket', async () => (await connect()) instanceof RawSocket);
    await connect();
    expect(await refused()).toEqual({ code: 1013, reason: 'Too many sockets' });
    for (const socket of opened.splice(0)) socket.terminate();
    await waitFor('the end of all', () => sockets.size === 0);
  }

  test('refuses one more with 1013, and counts each customer separately', async () => {
    await connect();
    await connect();
    expect(await refused()).toEqual({ code: 1013, reason: 'Too many sockets' });
    await connect('bob');
    await connect('bob');
  });

  test.each<[string, (socket: RawSocket) => Promise<void> | void]>([
    [
      'closed by its client',
      (socket) => {
        socket.close();
      },
    ],
    [
      'cut',
      (socket) => {
        socket.terminate();
      },
    ],
    [
      'closed for a second connection_init',
      async (socket) => {
        socket.init(await authorization());
      },
    ],
    [
      'closed for an invalid message',
      (socket) => {
        socket.send('hello');
      },
    ],
    [
      'closed for a frame that is too large',
      (socket) => {
        socket.send('x'.repeat(70_000));
      },
    ],
    [
      'closed for too many messages',
      (socket) => {
        for (let i = 0; i < 20; i += 1) socket.control('ping');
      },
    ],
  ])('does not count a socket that was %s', async (_, end) => {
    const both = [await connect(), await connect()];
    for (const socket of both) await end(socket);
    await waitFor('the end of both', () => sockets.size === 0);
    await expectTwo();
  });

  test('does not count sockets whose token expired', async () => {
    const both = [await connect('alice', 1), await connect('alice', 1)];
    for (const socket of both) expect((await socket.closed()).code).toBe(4403);
    await waitFor('the end of both', () => sockets.size === 0);
    await expectTwo();
  });

  test('does not count sockets that ended while they were being authenticated', async () => {
    const payload = await authorization();
    for (let attempt = 0; attempt < 10; attempt += 1) {
      const [cut, twice, closed] = [await open(), await open(), await open()];
      for (const socket of [cut, twice, closed]) socket.init(payload);
      cut.terminate();
      twice.init(payload);
      closed.close();
    }
    await waitFor('the end of all', () => sockets.size === 0);
    await expectTwo();
  });
});
