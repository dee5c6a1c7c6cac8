import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { CreateOrderDocument, orderInput } from '../support/documents.js';
import { RawConnection } from '../support/raw-connection.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { countRows } from './orders-support.js';

/** As Java's HTTP client sends them by default. */
const H2C = [
  'connection: Upgrade, HTTP2-Settings',
  'upgrade: h2c',
  'http2-settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA',
];
const WEBSOCKET = [
  'connection: Upgrade',
  'upgrade: websocket',
  'sec-websocket-version: 13',
  'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
  'sec-websocket-protocol: graphql-transport-ws',
];
const LIVE = 'GET /health/live HTTP/1.1';

describe('a request that offers to upgrade to another protocol', () => {
  let system: TestSystem;
  let url: string;
  let authorization: string;
  const connections: RawConnection[] = [];

  beforeAll(async () => {
    system = await setup({ ROLE: 'api' });
    ({ url } = await system.start());
    authorization = `authorization: Bearer ${await system.token('alice')}`;
  });

  afterEach(() => {
    for (const connection of connections.splice(0)) connection.destroy();
  });

  afterAll(() => system.close());

  async function open(): Promise<RawConnection> {
    const connection = await RawConnection.open(url);
    connections.push(connection);
    return connection;
  }

  function createOrder(...headers: readonly string[]): readonly string[] {
    const body = JSON.stringify({
      query: CreateOrderDocument.toString(),
      variables: { input: orderInput() },
    });
    return [
      'POST /graphql HTTP/1.1',
      'host: x',
      'content-type: application/json',
      authorization,
      `content-length: ${Buffer.byteLength(body)}`,
      ...headers,
      '',
      body,
    ];
  }

  test('is answered over HTTP/1.1 for every method, and the connection stays open', async () => {
    const before = await countRows(system.sql);
    const connection = await open();
    connection.send(...createOrder(...H2C));
    expect(await connection.answered(1)).toEqual([200]);
    connection.send(LIVE, 'host: x', ...H2C, '', '');
    expect(await connection.answered(2)).toEqual([200, 200]);
    connection.send(...createOrder(...H2C));
    await connection.answered(3);
    connection.send(LIVE, 'host: x', '', '');
    expect(await connection.answered(4)).toEqual([200, 200, 200, 200]);
    expect(connection.ended).toBe(false);
    expect(connection.received.match(/CreateOrderSuccess/g)).toHaveLength(2);
    expect((await countRows(system.sql)).orders).toBe(before.orders + 2);
  });

  test('may send its body later and in chunks', async () => {
    const [parted, chunked] = [await open(), await open()];
    const [body = '', ...head] = [...createOrder(...H2C)].reverse();
    parted.send(...head.reverse(), '');
    chunked.send(
      ...head.map((line) => (line.startsWith('content-length') ? 'transfer-encoding: chunked' : line)),
      '',
    );
    for (const text of [body.slice(0, 50), body.slice(50)]) {
      parted.send(text);
      chunked.send(Buffer.byteLength(text).toString(16), text, '');
    }
    chunked.send('0', '', '');
    for (const connection of [parted, chunked]) {
      expect(await connection.answered()).toEqual([200]);
      expect(connection.received).toContain('CreateOrderSuccess');
    }
  });

  test.each<[string, readonly string[]]>([
    ['TLS', ['connection: upgrade', 'upgrade: TLS/1.0']],
    ['several protocols', ['connection: upgrade', 'upgrade: h2c, websocket']],
    ['an upgrade that the connection header does not name', ['upgrade: h2c']],
    ['a WebSocket that the connection header does not name', ['upgrade: websocket']],
  ])('is answered where it offers %s', async (_, headers) => {
    const connection = await open();
    connection.send(LIVE, 'host: x', ...headers, '', '');
    expect(await connection.answered()).toEqual([200]);
  });

  test.each<[string, string, number]>([
    ['/graphql', 'upgrade: websocket', 101],
    ['/graphql', 'upgrade: WebSocket', 101],
    ['/%67raphql', 'upgrade: websocket', 101],
    ['http://x/graphql', 'upgrade: websocket', 101],
    ['/graphql/', 'upgrade: websocket', 404],
    ['/health/live', 'upgrade: websocket', 404],
  ])('to %s with "%s" and all WebSocket headers gets %d', async (path, upgrade, status) => {
    const connection = await open();
    const headers = WEBSOCKET.map((line) => (line.startsWith('upgrade') ? upgrade : line));
    connection.send(`GET ${path} HTTP/1.1`, 'host: x', ...headers, '', '');
    expect(await connection.answered()).toEqual([status]);
  });

  test('can be followed by a WebSocket upgrade on the same connection', async () => {
    const connection = await open();
    connection.send(LIVE, 'host: x', ...H2C, '', '');
    await connection.answered(1);
    connection.send('GET /graphql HTTP/1.1', 'host: x', ...WEBSOCKET, '', '');
    expect(await connection.answered(2)).toEqual([200, 101]);
  });
});
