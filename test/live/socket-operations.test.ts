import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { RunningApplication } from '../../src/application.js';
import type { OrderChannel } from '../../src/subscriptions/order-channel.js';
import { OrderFeed } from '../../src/subscriptions/order-feed.js';
import { ApiClient } from '../support/api-client.js';
import { RawSocket } from '../support/raw-socket.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';
import { create, move } from '../api/orders-support.js';

const WATCH = 'subscription ($id: ID!) { orderEvents(orderId: $id, afterVersion: 0) { version } }';
const ORDERS_A_PAGE = 100;

interface Event {
  readonly orderEvents: { readonly version: number };
}

describe('the operations of a socket', () => {
  let system: TestSystem;
  let running: RunningApplication;
  let orderId: string;
  const opened: RawSocket[] = [];

  beforeAll(async () => {
    system = await setup({ ROLE: 'api', LIVE_PING_INTERVAL_MS: '600000' });
    running = await system.start();
    orderId = await newOrder();
  });

  afterEach(async () => {
    for (const socket of opened.splice(0)) socket.terminate();
    await waitFor('the end of every subscription', () => subscriptions() === 0);
  });

  afterAll(async () => {
    await system.close();
  });

  async function newOrder(sub = 'alice'): Promise<string> {
    return (await create(new ApiClient(running.url, await system.token(sub)))).order.id;
  }

  async function connect(url = running.url, sub = 'alice'): Promise<RawSocket> {
    const socket = await RawSocket.connect(url, await system.token(sub));
    opened.push(socket);
    return socket;
  }

  /** How many subscriptions the process has. */
  function subscriptions(): number {
    const feed = running.app.get(OrderFeed, { strict: false });
    const { channels } = feed as unknown as { readonly channels: ReadonlyMap<string, OrderChannel> };
    return [...channels.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** The versions of the events that came under an id. */
  const versions = (socket: RawSocket, id: string) =>
    socket.messages
      .filter((message) => message.type === 'next' && message.id === id)
      .map(({ payload }) => (payload as { data: Event | null }).data?.orderEvents.version)
      .filter((version) => version !== undefined);

  test('can reuse an id right after complete, and the last operation gets each event once', async () => {
    const id = await newOrder();
    const socket = await connect();
    for (let time = 0; time < 50; time += 1) {
      socket.subscribe('1', WATCH, { id });
      socket.send({ type: 'complete', id: '1' });
    }
    socket.subscribe('1', WATCH, { id });
    await socket.message('next', '1');
    await waitFor('the end of those before', () => subscriptions() === 1);
    const before = versions(socket, '1').length;
    await move(running, id, 'PAYMENT_STARTED', { status: 'PENDING', version: 1 });
    await waitFor('the second event', () => versions(socket, '1').includes(2));
    socket.send({ type: 'complete', id: '1' });
    await waitFor('the end', () => subscriptions() === 0);
    expect(versions(socket, '1').slice(before)).toEqual([2]);
    expect(socket.messages.filter(({ type }) => type === 'complete' || type === 'error')).toEqual([]);
    // The socket is still open.
    socket.subscribe('1', WATCH, { id: orderId });
    await waitFor('the first event of another order', () => versions(socket, '1').length > before + 1);
  });

  test('can reuse an id after an error, an unknown order and a final event', async () => {
    const socket = await connect();
    const ended = async (type: string, count: number) =>
      waitFor(
        `${count} times ${type}`,
        () => socket.messages.filter((each) => each.type === type).length === count,
      );
    socket.subscribe('1', 'subscription { nothing }');
    await ended('error', 1);
    // An unknown order: one result with an error, then complete.
    socket.subscribe('1', WATCH, { id: 'none' });
    await ended('complete', 1);
    const id = await newOrder();
    socket.subscribe('1', WATCH, { id });
    await waitFor('the first event', () => versions(socket, '1').includes(1));
    await move(running, id, 'ORDER_CANCELLED', { status: 'PENDING', version: 1 });
    await ended('complete', 2);
    socket.subscribe('1', WATCH, { id: orderId });
    await waitFor('the first event of another order', () => versions(socket, '1').length === 3);
    expect(versions(socket, '1')).toEqual([1, 2, 1]);
  });

  test.each(['1', 'x'.repeat(1_000)])(
    'close the socket where two have the same id at the same time',
    async (id) => {
      const socket = await connect();
      socket.subscribe(id, WATCH, { id: orderId });
      socket.subscribe(id, WATCH, { id: orderId });
      expect(await socket.closed()).toEqual({ code: 4409, reason: 'Subscriber already exists' });
    },
  );

  test('can be 100 at a time, as often as a client pages', async () => {
    const socket = await connect();
    for (let page = 0; page < 10; page += 1) {
      const ids = Array.from({ length: ORDERS_A_PAGE }, (_, index) => `${page}-${index}`);
      for (const id of ids) socket.subscribe(id, WATCH, { id: orderId });
      await waitFor(`the events of page ${page}`, () => ids.every((id) => versions(socket, id).length === 1));
      for (const id of ids) socket.send({ type: 'complete', id });
    }
    socket.subscribe('last', WATCH, { id: orderId });
    await socket.message('next', 'last');
    expect(socket.messages.filter(({ type }) => type === 'error')).toEqual([]);
  });

  test("are rejected one by one when the customer's points run out, while the others continue", async () => {
    const id = await newOrder('bob');
    // Enough for some of them: a subscription costs about 20 points.
    const limited = await system.start({
      RATE_LIMIT_CUSTOMER_POINTS: '600',
      RATE_LIMIT_WINDOW_SECONDS: '600',
    });
    const socket = await connect(limited.url, 'bob');
    for (let index = 0; index < 100; index += 1) socket.subscribe(String(index), WATCH, { id });
    await waitFor('an answer to each', () => {
      const answered = socket.messages.filter(({ type }) => type === 'next' || type === 'error');
      return answered.length === 100;
    });
    const refused = socket.messages.filter(({ type }) => type === 'error');
    expect(refused.length).toBeGreaterThan(50);
    expect(refused.length).toBeLessThan(100);
    for (const { payload } of refused)
      expect(payload).toEqual([
        {
          message: expect.any(String),
          extensions: { code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) },
        },
      ]);
    socket.send({ type: 'ping' });
    await socket.message('pong');
  });

  test('that are refused count as messages, so too many of them close the socket with 1013', async () => {
    const limited = await system.start({
      WEBSOCKET_MESSAGES_PER_MINUTE: '20',
      WEBSOCKET_SUBSCRIPTION_LIMIT: '1',
    });
    const socket = await connect(limited.url);
    for (let index = 0; index < 30; index += 1) socket.subscribe(String(index), WATCH, { id: orderId });
    expect(await socket.closed()).toEqual({ code: 1013, reason: 'Too many messages' });
  });
});
