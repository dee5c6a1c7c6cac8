import { once } from 'node:events';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { RunningApplication } from '../../src/application.js';
import { RawConnection } from '../support/raw-connection.js';
import { RawSocket } from '../support/raw-socket.js';
import { type Environment, setup, type TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';
import { encodeFrame } from '../support/web-socket-frames.js';

const LIVE = ['GET /health/live HTTP/1.1', 'host: x', '', ''];
/** Silent sockets stay open. */
const PATIENT: Environment = { WEBSOCKET_INIT_TIMEOUT_MS: '600000' };

describe('limits per client address', () => {
  let system: TestSystem;
  const opened: RawConnection[] = [];
  const sockets: RawSocket[] = [];

  beforeAll(async () => {
    system = await setup({ ROLE: 'api', LIVE_PING_INTERVAL_MS: '600000' });
  });

  afterEach(() => {
    for (const connection of opened.splice(0)) connection.destroy();
    for (const socket of sockets.splice(0)) socket.terminate();
  });

  afterAll(() => system.close());

  async function open(url: string): Promise<RawConnection> {
    const connection = await RawConnection.open(url);
    opened.push(connection);
    return connection;
  }

  /** Whether a new connection is answered instead of cut. */
  async function isServed(url: string): Promise<boolean> {
    const connection = await open(url);
    connection.send(...LIVE);
    await waitFor(
      'an answer or the end of the connection',
      () => connection.statuses.length > 0 || connection.ended,
    );
    return connection.statuses[0] === 200;
  }

  /** Asks for a WebSocket, as if for a client with this address. */
  async function upgrade(url: string, forwardedFor?: string): Promise<RawConnection> {
    const connection = await open(url);
    connection.send(
      'GET /graphql HTTP/1.1',
      'host: x',
      ...(forwardedFor === undefined ? [] : [`x-forwarded-for: ${forwardedFor}`]),
      'connection: upgrade',
      'upgrade: websocket',
      'sec-websocket-version: 13',
      'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
      'sec-websocket-protocol: graphql-transport-ws',
      '',
      '',
    );
    await connection.answered();
    return connection;
  }

  const statusOf = async (url: string, forwardedFor?: string) =>
    (await upgrade(url, forwardedFor)).statuses[0];

  const countOf = ({ app }: RunningApplication) =>
    new Promise<number>((resolve, reject) => {
      const server: Server = app.getHttpServer();
      server.getConnections((error, count) => {
        if (error === null) resolve(count);
        else reject(error);
      });
    });

  test('cuts connections above the maximum until one of them ends, and counts each address separately', async () => {
    const { url } = await system.start({ HOST: '::', HTTP_MAX_CONNECTIONS_PER_ADDRESS: '3' });
    const other = url.replace('127.0.0.1', '[::1]');
    const [first] = [await open(url), await open(url), await open(url)];
    await waitFor('the limit', async () => !(await isServed(url)));
    for (let time = 0; time < 3; time += 1) expect(await isServed(other)).toBe(true);
    expect([await isServed(other), await isServed(url)]).toEqual([false, false]);
    first.destroy();
    await waitFor('room', () => isServed(url));
    expect(await isServed(url)).toBe(false);
  });

  test('do not apply to the connections of a trusted proxy', async () => {
    const { url } = await system.start({
      HTTP_MAX_CONNECTIONS_PER_ADDRESS: '1',
      TRUSTED_PROXIES: '127.0.0.0/8',
    });
    for (let time = 0; time < 5; time += 1) expect(await isServed(url)).toBe(true);
  });

  test('no longer count a connection that has become a WebSocket with a valid token', async () => {
    const running = await system.start({ HTTP_MAX_CONNECTIONS_PER_ADDRESS: '2' });
    const token = await system.token('alice');
    for (let time = 0; time < 5; time += 1) sockets.push(await RawSocket.connect(running.url, token));
    expect([await isServed(running.url), await isServed(running.url), await isServed(running.url)]).toEqual([
      true,
      true,
      false,
    ]);
    for (const socket of sockets.splice(0)) socket.terminate();
    for (const connection of opened.splice(0)) connection.destroy();
    await waitFor('the end of all', async () => (await countOf(running)) === 0);
    // A connection that ended freed its place only once.
    expect([await isServed(running.url), await isServed(running.url), await isServed(running.url)]).toEqual([
      true,
      true,
      false,
    ]);
  });

  test('refuse WebSockets without a token above the maximum, and no longer count one that authenticates', async () => {
    const running = await system.start({ ...PATIENT, WEBSOCKET_MAX_UNAUTHENTICATED_PER_ADDRESS: '2' });
    const { url } = running;
    const token = await system.token('alice');
    const [first, second] = [await RawSocket.open(url), await RawSocket.open(url)];
    sockets.push(first, second);
    const refused = await upgrade(url);
    expect([refused.statuses, refused.received]).toEqual([[503], expect.stringContaining('Retry-After: 1')]);
    first.init({ Authorization: `Bearer ${token}` });
    await first.message('connection_ack');
    expect([await statusOf(url), await statusOf(url)]).toEqual([101, 503]);
    second.terminate();
    await waitFor('room', async () => (await statusOf(url)) === 101);
    first.terminate();
    // Its place was free already.
    await waitFor('its end', async () => (await countOf(running)) <= 5);
    expect(await statusOf(url)).toBe(503);
  });

  test('use the address that a trusted proxy names, and the /64 of an IPv6 address', async () => {
    const { url } = await system.start({
      ...PATIENT,
      WEBSOCKET_MAX_UNAUTHENTICATED_PER_ADDRESS: '1',
      TRUSTED_PROXIES: '127.0.0.0/8',
    });
    expect([await statusOf(url, '203.0.113.1'), await statusOf(url, '203.0.113.2')]).toEqual([101, 101]);
    expect(await statusOf(url, '203.0.113.1')).toBe(503);
    expect(await statusOf(url, '2001:db8:0:7::1')).toBe(101);
    expect(await statusOf(url, '2001:0DB8::7:0:0:0:2')).toBe(503);
    expect(await statusOf(url, '2001:db8:0:8::1')).toBe(101);
  });

  test('free the places of silent WebSockets even if the client does not answer the close frame', async () => {
    const { url } = await system.start({
      WEBSOCKET_INIT_TIMEOUT_MS: '300',
      WEBSOCKET_LIMIT: '2',
    });
    await upgrade(url);
    await upgrade(url);
    expect(await statusOf(url)).toBe(503);
    await waitFor('room', async () => (await statusOf(url)) === 101);
  });

  test('a client that does not answer the close frame does not keep the process from stopping', async () => {
    const running = await system.start();
    const accepted = once(running.app.getHttpServer(), 'connection') as Promise<[Socket]>;
    const silent = await upgrade(running.url);
    const [served] = await accepted;
    const init = {
      type: 'connection_init',
      payload: { Authorization: `Bearer ${await system.token('alice')}` },
    };
    silent.send(encodeFrame({ opcode: 1, payload: JSON.stringify(init) }).toString('latin1'));
    await waitFor('connection_ack', () => silent.received.includes('connection_ack'));
    let isStopped = false;
    void running.app.close().then(() => (isStopped = true));
    await waitFor('the end', () => isStopped);
    expect(served.destroyed).toBe(true);
  });
});
