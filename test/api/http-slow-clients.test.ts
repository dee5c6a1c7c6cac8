import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { RunningApplication } from '../../src/application.js';
import { RawConnection } from '../support/raw-connection.js';
import { RawSocket } from '../support/raw-socket.js';
import { type Environment, setup, type TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';

/** Far below the defaults of Node and Fastify (60 s or no limit) and waitFor's 15 s. */
const IMPATIENT: Environment = {
  HTTP_HEADERS_TIMEOUT_MS: '400',
  HTTP_REQUEST_TIMEOUT_MS: '800',
  HTTP_TIMEOUT_CHECK_INTERVAL_MS: '50',
};
const GRAPHQL_HEAD = ['POST /graphql HTTP/1.1', 'host: x', 'content-type: application/json'];

describe('a slow client', () => {
  let system: TestSystem;
  /** An API that only times out unfinished requests. */
  let url: string;
  /** An API that only times out stalled connections. */
  let stalling: RunningApplication;
  const connections: RawConnection[] = [];

  beforeAll(async () => {
    system = await setup({ ROLE: 'api', LIVE_PING_INTERVAL_MS: '60000' });
    ({ url } = await system.start(IMPATIENT));
    stalling = await system.start({ HTTP_STALLED_TIMEOUT_MS: '1000' });
  });

  afterEach(() => {
    for (const connection of connections.splice(0)) connection.destroy();
  });

  afterAll(() => system.close());

  async function open(to = url): Promise<RawConnection> {
    const connection = await RawConnection.open(to);
    connections.push(connection);
    return connection;
  }

  /** Both ends of a connection to `stalling`. */
  async function openWatched(): Promise<{ client: RawConnection; server: Socket }> {
    const accepted = once(stalling.app.getHttpServer(), 'connection');
    const client = await open(stalling.url);
    const [server] = (await accepted) as [Socket];
    return { client, server };
  }

  test.each<[string, readonly string[]]>([
    ['nothing at all', []],
    ['half a request line', ['GET /health/li']],
    ['headers without an end', ['GET /health/live HTTP/1.1', 'host: x', 'x-more: ']],
    ['headers without the body', [...GRAPHQL_HEAD, 'content-length: 50', '', '']],
    ['half a body', [...GRAPHQL_HEAD, 'content-length: 50', '', '{"query":']],
    ['half a chunk', [...GRAPHQL_HEAD, 'transfer-encoding: chunked', '', 'ff', '{"query"']],
    ['chunks without the last one', [...GRAPHQL_HEAD, 'transfer-encoding: chunked', '', '2', '{}', '']],
    ['half a body to an unknown path', ['POST /nowhere HTTP/1.1', 'host: x', 'content-length: 50', '', '{']],
    [
      'half a webhook',
      ['POST /webhooks/stripe HTTP/1.1', 'host: x', 'stripe-signature: t=1', 'content-length: 50', '', '{'],
    ],
  ])('that sends %s is disconnected', async (_, lines) => {
    const connection = await open();
    if (lines.length > 0) connection.send(...lines);
    await connection.closed();
    expect([[], [404], [408], [404, 408]]).toContainEqual(connection.statuses);
  });

  test('that sends a byte now and then is disconnected all the same', async () => {
    const head = await open();
    head.send('GET /health/live HTTP/1.1', 'host: x', 'x-more: ');
    const body = await open();
    body.send(...GRAPHQL_HEAD, 'content-length: 90000', '', '');
    const drip = setInterval(() => {
      head.send('x');
      body.send(' ');
    }, 20);
    try {
      await Promise.all([head.closed(), body.closed()]);
    } finally {
      clearInterval(drip);
    }
    expect([head.statuses, body.statuses]).toEqual([[408], [408]]);
  });

  test('does not delay others', async () => {
    const slow = await Promise.all(Array.from({ length: 300 }, () => open()));
    for (const connection of slow) connection.send(...GRAPHQL_HEAD, 'content-length: 50', '', '{');
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    await Promise.all(slow.map((connection) => connection.closed()));
  });

  test('may wait between two requests for as long as load balancers do', async () => {
    const patient = await open();
    patient.send('GET /health/live HTTP/1.1', 'host: x', '', '');
    await patient.answered(1);
    // A later client that sends half a request is cut off meanwhile.
    const slow = await open();
    slow.send('GET /health/li');
    await slow.closed();
    patient.send('GET /health/live HTTP/1.1', 'host: x', '', '');
    expect(await patient.answered(2)).toEqual([200, 200]);
  });

  test('that does not read a large answer is disconnected', async () => {
    const page = await fetch(`${stalling.url}/graphql`, { headers: { accept: 'text/html' } });
    const base = /<base href="([^"]+)"/.exec(await page.text())?.[1] ?? '';
    const { client, server } = await openWatched();
    client.stopReading();
    // More than the buffers of both sides hold.
    client.send(
      ...Array.from({ length: 20 }, () => `GET ${base}main.js HTTP/1.1\r\nhost: localhost\r\n\r\n`),
    );
    await waitFor('a blocked answer', () => server.writableNeedDrain);
    await waitFor('the end', () => server.destroyed);
  });

  const UPGRADE = ['connection: upgrade', 'upgrade: websocket', '', ''];

  test('that does not close its side after a refused upgrade is disconnected', async () => {
    const { client, server } = await openWatched();
    client.send('GET /elsewhere HTTP/1.1', 'host: x', ...UPGRADE);
    expect(await client.answered()).toEqual([404]);
    await waitFor('the end', () => server.destroyed);
  });

  test('with a WebSocket stays connected, since WebSockets have pings', async () => {
    const socket = await RawSocket.connect(stalling.url, await system.token('alice'));
    // A later connection that stalls is cut off meanwhile.
    const { client, server } = await openWatched();
    client.send('GET /elsewhere HTTP/1.1', 'host: x', ...UPGRADE);
    await waitFor('the end of the other', () => server.destroyed);
    socket.send({ type: 'ping' });
    await socket.message('pong');
    socket.terminate();
  });

  test('above the maximum of connections, WebSockets included, is disconnected at once', async () => {
    const few = await system.start({ HTTP_CONNECTION_LIMIT: '2' });
    const socket = await RawSocket.connect(few.url, await system.token('alice'));
    const second = await open(few.url);
    second.send('GET /health/live HTTP/1.1', 'host: x', '', '');
    await second.answered();
    const third = await open(few.url);
    await third.closed();
    expect(third.received).toBe('');
    socket.terminate();
    await waitFor('room', async () => {
      const next = await open(few.url);
      next.send('GET /health/live HTTP/1.1', 'host: x', '', '');
      await waitFor('an answer or the end of the connection', () => next.statuses.length > 0 || next.ended);
      return next.statuses[0] === 200;
    });
  });
});
