import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { RunningApplication } from '../../src/application.js';
import { ownedBy, UnsentBytes } from '../../src/http/unsent-bytes.js';
import { ApiClient } from '../support/api-client.js';
import { RawConnection } from '../support/raw-connection.js';
import { RawSocket } from '../support/raw-socket.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';
import { create } from './orders-support.js';

const EVENTS = 20;
const DETAIL_LENGTH = 5_000;
/** 15 MB in total: more than the socket buffers hold. */
const REQUESTS = 150;

describe('answers that the client does not read', () => {
  let system: TestSystem;
  const opened: { destroy(): void }[] = [];

  beforeAll(async () => {
    system = await setup({
      ROLE: 'api',
      LIVE_PING_INTERVAL_MS: '600000',
      RATE_LIMIT_CUSTOMER_POINTS: '1000000000',
      HTTP_TIMEOUT_CHECK_INTERVAL_MS: '50',
      // None is shed, however slow the machine is.
      HTTP_CONCURRENCY_LIMIT: '1000',
      HTTP_BURST_LIMIT: '1000',
    });
  });

  afterEach(() => {
    for (const client of opened.splice(0)) client.destroy();
  });

  afterAll(() => system.close());

  /** An order whose events take 100 KB. */
  async function longOrder(url: string, sub: string): Promise<string> {
    const { id } = (await create(new ApiClient(url, await system.token(sub)))).order;
    await system.sql.query(
      `WITH moved AS (UPDATE orders SET version = version + $2::int, status = 'PAYMENT_PROCESSING' WHERE id = $1)
       INSERT INTO order_events (order_id, version, type, status, previous_status, actor, detail)
       SELECT $1, step + 1, 'PAYMENT_ATTEMPT_FAILED', 'PAYMENT_PROCESSING', 'PAYMENT_PROCESSING', 'worker', repeat('x', $3::int)
       FROM generate_series(1, $2::int) AS step`,
      [id, EVENTS, DETAIL_LENGTH],
    );
    return id;
  }

  /** Pipelines all requests and reads no answer. @returns both ends of the connection */
  async function askMuch(
    { url, app }: RunningApplication,
    sub: string,
    requests = REQUESTS,
  ): Promise<[RawConnection, Socket]> {
    const body = JSON.stringify({
      query: `{ order(id: "${await longOrder(url, sub)}") { events { detail } } }`,
    });
    const accepted = once(app.getHttpServer(), 'connection') as Promise<[Socket]>;
    const client = await RawConnection.open(url);
    opened.push(client);
    const [served] = await accepted;
    client.stopReading();
    const request = [
      'POST /graphql HTTP/1.1',
      'host: x',
      'content-type: application/json',
      `authorization: Bearer ${await system.token(sub)}`,
      `content-length: ${body.length}`,
      '',
      body,
    ].join('\r\n');
    client.send(request.repeat(requests));
    return [client, served];
  }

  async function ask(url: string, sub: string): Promise<number> {
    const { status } = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${await system.token(sub)}`,
      },
      body: JSON.stringify({ query: '{ __typename }' }),
    });
    return status;
  }

  const isOver = ({ app }: RunningApplication, sub: string) =>
    app.get(UnsentBytes, { strict: false }).isOverLimit(ownedBy.customer(sub));

  test('close the connection after the send timeout, even if a little is read now and then', async () => {
    const running = await system.start({
      HTTP_SEND_TIMEOUT_MS: '1000',
      CUSTOMER_MAX_UNSENT_BYTES: '100000000',
    });
    const [client, served] = await askMuch(running, 'alice');
    const reading = setInterval(() => {
      client.readOnce();
    }, 300);
    try {
      await waitFor('the end', () => served.destroyed);
    } finally {
      clearInterval(reading);
    }
    expect(await ask(running.url, 'alice')).toBe(200);
  });

  test('do not close the connection if they are read in time', async () => {
    const running = await system.start({
      HTTP_SEND_TIMEOUT_MS: '600000',
      CUSTOMER_MAX_UNSENT_BYTES: '100000000',
    });
    const [client, served] = await askMuch(running, 'alice');
    await waitFor('a blocked answer', () => served.writableNeedDrain);
    client.startReading();
    await client.answered(REQUESTS);
    expect(client.statuses).toEqual(Array(REQUESTS).fill(200));
    expect(served.destroyed).toBe(false);
  });

  test('close the connection above the maximum of unsent bytes of the customer, and no other connection', async () => {
    const running = await system.start({ CUSTOMER_MAX_UNSENT_BYTES: '1000000' });
    const [few] = await askMuch(running, 'bob', 5);
    const [, served] = await askMuch(running, 'alice');
    await waitFor('the end', () => served.destroyed);
    // The unsent bytes are no longer counted.
    await waitFor('room', () => !isOver(running, 'alice'));
    few.startReading();
    expect(await few.answered(5)).toEqual(Array(5).fill(200));
    expect(await ask(running.url, 'alice')).toBe(200);
  });

  test('are counted over all connections and WebSockets of the customer', async () => {
    const running = await system.start({
      CUSTOMER_MAX_UNSENT_BYTES: '1000000',
      WEBSOCKET_BUFFER_LIMIT_BYTES: '1000000000',
      WEBSOCKET_MESSAGES_PER_MINUTE: '1000000',
    });
    const token = await system.token('alice');
    const sockets = [
      await RawSocket.connect(running.url, token),
      await RawSocket.connect(running.url, token),
    ];
    const other = await RawSocket.connect(running.url, await system.token('bob'));
    for (const socket of [...sockets, other])
      opened.push({
        destroy() {
          socket.terminate();
        },
      });
    for (const socket of sockets) socket.stopReading();
    const ping = { type: 'ping', payload: { x: 'x'.repeat(60_000) } };
    const unsent = running.app.get(UnsentBytes, { strict: false });
    const left = () => unsent.socketsOf(ownedBy.customer('alice'));
    await waitFor('the end of one', () => {
      for (const socket of sockets) socket.send(ping);
      return left() < 2;
    });
    other.send({ type: 'ping' });
    await other.message('pong');
  });
});
