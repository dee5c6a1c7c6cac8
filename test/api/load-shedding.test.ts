import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { RunningApplication } from '../../src/application.js';
import { ApiClient } from '../support/api-client.js';
import { RawSocket } from '../support/raw-socket.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';
import { countRows, create } from './orders-support.js';
import { handmadeEvent, post, SECRET, STORED } from '../webhooks/webhook-support.js';

const LIMIT = 3;
const SHED = {
  status: 503,
  retryAfter: expect.stringMatching(/^[12]$/),
  errors: [
    {
      message: expect.stringContaining('not available'),
      extensions: { code: 'SERVICE_UNAVAILABLE', retryable: true, retryAfterMs: expect.any(Number) },
    },
  ],
};

describe('the load shedder', () => {
  let system: TestSystem;
  let url: string;
  let app: RunningApplication['app'];
  let token: string;
  let alice: ApiClient;
  const opened: Socket[] = [];

  beforeAll(async () => {
    system = await setup({
      ROLE: 'api',
      HTTP_CONCURRENCY_LIMIT: String(LIMIT),
      HTTP_BURST_LIMIT: String(LIMIT),
      STRIPE_WEBHOOK_SECRET: SECRET,
      // No timeout ends the blocked requests.
      DATABASE_POOL_SIZE: '10',
      DATABASE_QUERY_TIMEOUT_MS: '60000',
      DATABASE_ANSWER_TIMEOUT_MS: '60000',
    });
    ({ url, app } = await system.start());
    token = await system.token('alice');
    alice = new ApiClient(url, token);
  });

  afterEach(() => {
    for (const socket of opened.splice(0)) socket.destroy();
  });

  afterAll(async () => {
    await system.close();
  });

  /** Not batched: each request runs its own statement. */
  const body = () => JSON.stringify({ query: '{ products(first: 1) { edges { node { sku } } } }' });
  const headers = () => ({ 'content-type': 'application/json', authorization: `Bearer ${token}` });

  async function send(signal?: AbortSignal) {
    const init = { method: 'POST', headers: headers(), body: body() };
    const response = await fetch(`${url}/graphql`, signal === undefined ? init : { ...init, signal });
    return {
      status: response.status,
      retryAfter: response.headers.get('retry-after'),
      ...((await response.json()) as object),
    };
  }

  /** Runs `work` while requests for the catalogue wait for the database. */
  async function whileLocked<T>(work: () => Promise<T>): Promise<T> {
    const client = await system.sql.connect();
    try {
      await client.query('BEGIN; LOCK TABLE products');
      return await work();
    } finally {
      await client.query('ROLLBACK');
      client.release();
    }
  }

  async function untilWaiting(count: number): Promise<void> {
    await waitFor(`${count} requests that wait`, async () => {
      const { rows } = await system.sql.query<{ count: number }>(
        `SELECT count(*)::int AS count FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      return rows[0]?.count === count;
    });
  }

  /** Expects that exactly LIMIT requests are accepted and answered: none is still counted. */
  async function expectAllRoom(): Promise<void> {
    await waitFor('room', async () => (await send()).status === 200);
    const { held } = await whileLocked(async () => {
      const requests = Array.from({ length: LIMIT }, () => send());
      await untilWaiting(LIMIT);
      expect(await send()).toEqual(SHED);
      return { held: requests };
    });
    expect((await Promise.all(held)).map(({ status }) => status)).toEqual(Array(LIMIT).fill(200));
  }

  function open(): Socket {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    opened.push(socket);
    return socket;
  }

  const head = (length: number) =>
    `POST /graphql HTTP/1.1\r\nHost: localhost\r\n${Object.entries(headers())
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('')}Content-Length: ${length}\r\n\r\n`;

  test('refuses requests above its limit with a retryable error, and still answers health checks, metrics and webhooks', async () => {
    const before = await countRows(system.sql);
    const { held } = await whileLocked(async () => {
      const requests = Array.from({ length: LIMIT }, () => send());
      await untilWaiting(LIMIT);
      for (let more = 0; more < 5; more += 1) expect(await send()).toEqual(SHED);
      const query = await fetch(`${url}/graphql?query=%7B__typename%7D`, {
        headers: { 'apollo-require-preflight': '1' },
      });
      expect(query.status).toBe(503);
      for (const path of ['/health/live', '/health/ready', '/metrics'])
        expect([path, (await fetch(`${url}${path}`)).status]).toEqual([path, 200]);
      expect(await post(url, handmadeEvent('payment_intent.created', { id: 'pi_none' }))).toEqual(STORED);
      (await RawSocket.connect(url, token)).terminate();
      return { held: requests };
    });
    for (const answer of await Promise.all(held)) expect(answer).toMatchObject({ status: 200 });
    expect(await countRows(system.sql)).toEqual(before);
    await create(alice);
    await expectAllRoom();
  });

  test('does not count requests whose body is still being sent', async () => {
    const text = body();
    const server: Server = app.getHttpServer();
    let begun = 0;
    const count = () => (begun += 1);
    server.on('request', count);
    const slow = Array.from({ length: 3 * LIMIT }, () => {
      const socket = open();
      socket.write(head(text.length) + text.slice(0, 50));
      return socket;
    });
    await waitFor('all heads', () => begun === slow.length);
    server.off('request', count);
    await expectAllRoom();
    // A request that is complete while the limit is reached is refused.
    const [late, ...others] = slow;
    await whileLocked(async () => {
      const requests = Array.from({ length: LIMIT }, () => send());
      await untilWaiting(LIMIT);
      late?.write(text.slice(50));
      const [answer] = late === undefined ? [''] : ((await once(late, 'data')) as [Buffer]);
      expect(answer.toString()).toMatch(/^HTTP\/1\.1 503 .*SERVICE_UNAVAILABLE/s);
      return { requests };
    }).then(({ requests }) => Promise.all(requests));
    for (const socket of others) {
      socket.write(text.slice(50));
      const [answer] = (await once(socket, 'data')) as [Buffer];
      expect(answer.toString()).toMatch(/^HTTP\/1\.1 200 /);
    }
    await expectAllRoom();
  });

  test('does not count requests whose answer is not read', async () => {
    const server: Server = app.getHttpServer();
    // The answer repeats the alias: more than the socket buffers hold.
    const text = JSON.stringify({ query: `{ ${'a'.repeat(95_000)}: __typename }` });
    for (let client = 0; client < LIMIT; client += 1) {
      const accepted = once(server, 'connection') as Promise<[Socket]>;
      const socket = open();
      socket.pause();
      const [served] = await accepted;
      for (let request = 0; request < 150; request += 1) socket.write(head(text.length) + text);
      let [sent, unchanged] = [0, 0];
      await waitFor('blocked sends', () => {
        unchanged = served.writableLength > 0 && served.bytesWritten === sent ? unchanged + 1 : 0;
        sent = served.bytesWritten;
        return unchanged > 20;
      });
    }
    await expectAllRoom();
  });

  test('counts requests of disconnected clients until their work ends', async () => {
    const clients = Array.from({ length: LIMIT }, () => new AbortController());
    const requests = await whileLocked(async () => {
      const sent = clients.map(({ signal }) => send(signal).catch((error: unknown) => error));
      await untilWaiting(LIMIT);
      for (const client of clients) client.abort();
      await Promise.all(sent);
      expect(await send()).toEqual(SHED);
      return sent;
    });
    expect((await Promise.all(requests)).map(String)).toEqual(
      Array(LIMIT).fill(expect.stringContaining('Abort')),
    );
    await expectAllRoom();
  });

  test('counts nothing after hundreds of clients disconnected at any moment', async () => {
    const text = body();
    const request = head(text.length) + text;
    for (let client = 0; client < 200; client += 1) {
      const socket = open();
      await once(socket, 'connect');
      const part = client % 2 === 0 ? request : request.slice(0, Math.round((request.length * client) / 200));
      socket.write(part, () => {
        if (client % 3 === 0) socket.resetAndDestroy();
        else if (client % 3 === 1) setImmediate(() => socket.destroy());
        else setTimeout(() => socket.resetAndDestroy(), client % 20);
      });
    }
    await expectAllRoom();
  });

  test('counts nothing after refused requests', async () => {
    const bad = [
      '',
      'no json',
      '[]',
      '{}',
      '{"query":"{"}',
      '{"query":"{ nothing }"}',
      `"${'x'.repeat(200_000)}"`,
    ];
    for (const text of [...bad, ...bad]) {
      const response = await fetch(`${url}/graphql`, { method: 'POST', headers: headers(), body: text });
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(response.status).toBeLessThan(500);
    }
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'PUT']) await fetch(`${url}/graphql`, { method });
    await expectAllRoom();
  });
});
