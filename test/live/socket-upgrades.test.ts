import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request, type Server } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import WebSocket from 'ws';
import type { RunningApplication } from '../../src/application.js';
import { RawSocket } from '../support/raw-socket.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';

const EVIL = 'https://evil.example';

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
}

describe('the upgrade to a WebSocket', () => {
  let system: TestSystem;
  let running: RunningApplication;
  const upgraded: Duplex[] = [];

  beforeAll(async () => {
    system = await setup({ ROLE: 'api' });
    running = await system.start();
  });

  afterEach(() => {
    for (const socket of upgraded.splice(0)) socket.destroy();
  });

  afterAll(async () => {
    await system.close();
  });

  const upgradeHeaders = (more: Record<string, string> = {}) => ({
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': randomBytes(16).toString('base64'),
    'sec-websocket-protocol': 'graphql-transport-ws',
    ...more,
  });

  async function upgrade(headers: Record<string, string> = {}, url = running.url): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const asked = request(`${url}/graphql`, { headers: upgradeHeaders(headers), agent: false });
      asked.on('error', reject);
      asked.on('response', (response) => {
        response.resume();
        resolve({ status: response.statusCode, headers: response.headers });
      });
      asked.on('upgrade', (response, socket) => {
        upgraded.push(socket);
        resolve({ status: response.statusCode, headers: response.headers });
      });
      asked.end();
    });
  }

  const connectionsOf = ({ app }: RunningApplication) =>
    new Promise<number>((resolve, reject) => {
      const server: Server = app.getHttpServer();
      server.getConnections((error, count) => {
        if (error === null) resolve(count);
        else reject(error);
      });
    });

  test.each<[string, Record<string, string>, number]>([
    ['a foreign origin', { origin: EVIL }, 403],
    ['the origin "null"', { origin: 'null' }, 403],
    ['a foreign origin that begins like localhost', { origin: 'http://localhost.evil.example' }, 403],
    ['no origin', {}, 101],
    ['localhost as the origin', { origin: 'http://localhost:5173' }, 101],
  ])('answers a request with %s by its status', async (_, headers, status) => {
    expect((await upgrade(headers)).status).toBe(status);
  });

  test('negotiates no compression, whatever the client offers', async () => {
    const offer = { 'sec-websocket-extensions': 'permessage-deflate; client_max_window_bits' };
    const { status, headers } = await upgrade(offer);
    expect([status, headers['sec-websocket-extensions']]).toEqual([101, undefined]);
    const socket = new WebSocket(`${running.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
      perMessageDeflate: true,
    });
    await once(socket, 'open');
    expect(socket.extensions).toBe('');
    socket.terminate();
  });

  test('is refused with 503 above the maximum of sockets, until one is closed', async () => {
    const limited = await system.start({ WEBSOCKET_LIMIT: '3', WEBSOCKET_INIT_TIMEOUT_MS: '600000' });
    // One socket is not authenticated yet.
    const first = await RawSocket.connect(limited.url, await system.token('alice'));
    const others = [await RawSocket.connect(limited.url, await system.token('bob'))];
    others.push(await RawSocket.open(limited.url));
    const { status, headers } = await upgrade({}, limited.url);
    expect([status, headers['retry-after']]).toEqual([503, '1']);
    expect((await fetch(`${limited.url}/health/live`)).status).toBe(200);
    first.terminate();
    await waitFor('room', async () => (await upgrade({}, limited.url)).status === 101);
    expect((await upgrade({}, limited.url)).status).toBe(503);
    for (const socket of others) socket.terminate();
  });

  const text = (headers: Record<string, string>, path = '/graphql') =>
    `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${Object.entries(upgradeHeaders(headers))
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('')}\r\n`;

  function open(): ReturnType<typeof connect> {
    const { port, hostname } = new URL(running.url);
    const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
    socket.on('error', () => undefined);
    upgraded.push(socket);
    return socket;
  }

  test('closes the connection after a refusal even if the client does not', async () => {
    await waitFor('the end of earlier connections', async () => (await connectionsOf(running)) === 0);
    const sockets = [text({ origin: EVIL }), text({}, '/elsewhere')].map((request) => {
      const socket = open();
      socket.write(request);
      return socket;
    });
    for (const socket of sockets) {
      const [answer] = (await once(socket, 'data')) as [Buffer];
      expect(answer.toString()).toMatch(/^HTTP\/1\.1 40[34] .*\r\n\r\n$/s);
    }
    await waitFor('the end of both at the server', async () => (await connectionsOf(running)) === 0);
    expect(sockets.map(({ closed }) => closed)).toEqual([false, false]);
  });

  test('leaves no connection open for clients that disconnect at once', async () => {
    await waitFor('the end of earlier connections', async () => (await connectionsOf(running)) === 0);
    const requests = [
      text({ origin: EVIL }),
      text({}, '/elsewhere'),
      text({}),
      text({ 'sec-websocket-version': '1' }),
    ];
    for (let attempt = 0; attempt < 100; attempt += 1) {
      const socket = open();
      await once(socket, 'connect');
      socket.write(requests[attempt % requests.length] ?? '', () => {
        if (attempt % 3 === 0) setImmediate(() => socket.resetAndDestroy());
        else socket.resetAndDestroy();
      });
    }
    await waitFor('the end of all of them', async () => (await connectionsOf(running)) === 0);
    expect((await upgrade()).status).toBe(101);
  });
});
