import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { WebSocketServer } from 'ws';
import { SubscriptionServer } from '../../src/subscriptions/subscription-server.js';
import type { RunningApplication } from '../../src/application.js';
import { ApiClient } from '../support/api-client.js';
import { RawSocket } from '../support/raw-socket.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';
import { create, move } from '../api/orders-support.js';

const WATCH = 'subscription ($id: ID!) { orderEvents(orderId: $id, afterVersion: 0) { version } }';

describe('the limits of a socket', () => {
  let system: TestSystem;
  let running: RunningApplication;
  let orderId: string;
  const opened: RawSocket[] = [];

  beforeAll(async () => {
    system = await setup({ ROLE: 'api', LIVE_PING_INTERVAL_MS: '600000' });
    running = await system.start();
    orderId = await newOrder();
  });

  afterEach(() => {
    for (const socket of opened.splice(0)) socket.terminate();
  });

  afterAll(async () => {
    await system.close();
  });

  async function newOrder(): Promise<string> {
    return (await create(new ApiClient(running.url, await system.token('alice')))).order.id;
  }

  async function connect(url: string): Promise<RawSocket> {
    const socket = await RawSocket.connect(url, await system.token('alice'));
    opened.push(socket);
    return socket;
  }

  function socketsOf({ app }: RunningApplication): WebSocketServer['clients'] {
    const server = app.get(SubscriptionServer, { strict: false });
    return (server as unknown as { readonly sockets: WebSocketServer }).sockets.clients;
  }

  test('refuse one subscription above the maximum, while the others continue', async () => {
    const limited = await system.start({ WEBSOCKET_SUBSCRIPTION_LIMIT: '2' });
    const socket = await connect(limited.url);
    const id = await newOrder();
    for (const name of ['1', '2', '3']) socket.subscribe(name, WATCH, { id });
    expect((await socket.message('error', '3')).payload).toEqual([
      { message: expect.any(String), extensions: { code: 'RATE_LIMITED', retryAfterMs: 1_000 } },
    ]);
    await move(limited, id, 'PAYMENT_STARTED', { status: 'PENDING', version: 1 });
    const second = { payload: { data: { orderEvents: { version: 2 } } } };
    for (const name of ['1', '2'])
      await waitFor('its second event', () =>
        socket.messages.some(
          (message) =>
            message.id === name && JSON.stringify(message.payload) === JSON.stringify(second.payload),
        ),
      );
    socket.send({ type: 'complete', id: '1' });
    socket.subscribe('4', WATCH, { id });
    await socket.message('next', '4');
    socket.subscribe('5', WATCH, { id });
    await socket.message('error', '5');
  });

  test.each<[string, (socket: RawSocket) => void]>([
    [
      'messages',
      (socket) => {
        socket.send({ type: 'ping' });
      },
    ],
    [
      'ping frames',
      (socket) => {
        socket.control('ping');
      },
    ],
    [
      'unsolicited pong frames',
      (socket) => {
        socket.control('pong');
      },
    ],
  ])('close a socket with too many %s in a minute, without executing more', async (_, send) => {
    const limited = await system.start({ WEBSOCKET_MESSAGES_PER_MINUTE: '10' });
    const other = await connect(limited.url);
    const socket = await connect(limited.url);
    // connection_init was the first message.
    for (let message = 2; message <= 10; message += 1) send(socket);
    socket.subscribe('good', WATCH, { id: orderId });
    await socket.message('next', 'good');
    send(socket);
    socket.subscribe('late', WATCH, { id: orderId });
    expect(await socket.closed()).toEqual({ code: 1013, reason: 'Too many messages' });
    expect(socket.messages.filter(({ id }) => id === 'late')).toEqual([]);
    other.subscribe('1', WATCH, { id: orderId });
    await other.message('next', '1');
  });

  test('apply to a fragmented message as a whole', async () => {
    const socket = await connect(running.url);
    for (let part = 0; part < 8; part += 1) socket.sendPart('x'.repeat(10_000));
    expect((await socket.closed()).code).toBe(1009);
  });

  test('bound the bytes buffered for a client that sends pings and reads nothing, and close its socket', async () => {
    const bufferLimit = 200_000;
    const answer = 60_000;
    const limited = await system.start({
      WEBSOCKET_BUFFER_LIMIT_BYTES: String(bufferLimit),
      WEBSOCKET_MESSAGES_PER_MINUTE: '1000000',
    });
    const socket = await connect(limited.url);
    socket.stopReading();
    const ping = { type: 'ping', payload: { x: 'x'.repeat(answer) } };
    let maxBufferedBytes = 0;
    await waitFor('its end', () => {
      const [there] = socketsOf(limited);
      maxBufferedBytes = Math.max(maxBufferedBytes, there?.bufferedAmount ?? 0);
      for (let message = 0; message < 5; message += 1) socket.send(ping);
      return there === undefined;
    });
    // Sampled, so it may exceed the limit by a few answers.
    expect(maxBufferedBytes).toBeLessThan(bufferLimit + 5 * (answer + 1_000));
  });
});
