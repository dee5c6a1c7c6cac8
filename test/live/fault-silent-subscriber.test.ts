import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { WebSocketServer } from 'ws';
import { SubscriptionServer } from '../../src/subscriptions/subscription-server.js';
import type { RunningApplication } from '../../src/application.js';
import { ApiClient } from '../support/api-client.js';
import { RawSocket } from '../support/raw-socket.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';
import { create } from '../api/orders-support.js';

const SUBSCRIPTION =
  'subscription ($orderId: ID!) { orderEvents(orderId: $orderId, afterVersion: 0) { version detail } }';
const EVENTS = 4_000;
const DETAIL_LENGTH = 5_000;
/** One event and the overhead of ws; all events take 20 MB. */
const BUFFER_BOUND_BYTES = 100_000;

describe('fault 34: a subscriber that stops reading', () => {
  let system: TestSystem;
  let alice: ApiClient;
  let orderId: string;
  const opened: RawSocket[] = [];

  beforeAll(async () => {
    system = await setup({ ROLE: 'api' });
    const { url } = await system.start();
    alice = new ApiClient(url, await system.token('alice'));
    ({ id: orderId } = (await create(alice)).order);
    await system.sql.query(
      `WITH moved AS (UPDATE orders SET version = version + $2::int, status = 'PAYMENT_PROCESSING' WHERE id = $1)
       INSERT INTO order_events (order_id, version, type, status, previous_status, detail, actor)
       SELECT $1, step + 1, 'PAYMENT_ATTEMPT_FAILED', 'PAYMENT_PROCESSING', 'PAYMENT_PROCESSING', repeat('x', $3::int), 'worker'
       FROM generate_series(1, $2::int) AS step`,
      [orderId, EVENTS, DETAIL_LENGTH],
    );
  });

  afterEach(() => {
    for (const socket of opened.splice(0)) socket.terminate();
  });

  afterAll(async () => {
    await alice.close();
    await system.close();
  });

  async function subscribe(url: string): Promise<RawSocket> {
    const socket = await RawSocket.connect(url, await system.token('alice'));
    opened.push(socket);
    socket.subscribe('1', SUBSCRIPTION, { orderId });
    await socket.message('next', '1');
    return socket;
  }

  function socketsOf({ app }: RunningApplication): WebSocketServer['clients'] {
    const server = app.get(SubscriptionServer, { strict: false });
    return (server as unknown as { readonly sockets: WebSocketServer }).sockets.clients;
  }

  test('has one event buffered for it at a time', async () => {
    const running = await system.start({ LIVE_PING_INTERVAL_MS: '60000' });
    const socket = await subscribe(running.url);
    socket.stopReading();
    let bufferedBytes = 0;
    let unchanged = 0;
    // The socket buffers fill up first; from then on the same event waits.
    await waitFor('blocked sends', () => {
      const now = [...socketsOf(running)][0]?.bufferedAmount ?? 0;
      unchanged = now > 0 && now === bufferedBytes ? unchanged + 1 : 0;
      bufferedBytes = now;
      return unchanged > 20;
    });
    expect(bufferedBytes).toBeLessThan(BUFFER_BOUND_BYTES);
  });

  test('is disconnected when it answers no ping, while another subscriber gets all events', async () => {
    const running = await system.start({ LIVE_PING_INTERVAL_MS: '2000' });
    const silent = await subscribe(running.url);
    const reading = await subscribe(running.url);
    silent.stopReading();
    await waitFor('the silent socket to be closed', () => socketsOf(running).size === 1);
    await waitFor('all events of the other socket', () => reading.messages.length > EVENTS);
    expect(socketsOf(running).size).toBe(1);
  });
});
