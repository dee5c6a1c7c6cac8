import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { ApiClient, type GraphQLAnswer } from '../support/api-client.js';
import { RawSocket } from '../support/raw-socket.js';
import { type Environment, required, setup, type TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';
import { countRows, create, move } from './orders-support.js';
import { codeOf, createOrders, cacheDocuments, pointsIn, startCounting } from './rate-limits-support.js';

/** 20 points. */
const WATCH = 'subscription ($id: ID!) { orderEvents(orderId: $id, afterVersion: 0) { version } }';
const WINDOW_SECONDS = 3_600;
const REFUSED = {
  message: expect.stringMatching(/^The rate limit is exceeded\. Try again in \d+ s\.$/),
  extensions: { code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) },
};

describe('the rate limit', () => {
  let system: TestSystem;
  let redis: Redis;
  const sockets: RawSocket[] = [];

  beforeAll(async () => {
    system = await setup({
      ROLE: 'api',
      RATE_LIMIT_WINDOW_SECONDS: String(WINDOW_SECONDS),
      // A busy machine must not look like a fault of Redis.
      RATE_LIMIT_REDIS_TIMEOUT_MS: '10000',
    });
    redis = new Redis(required('TEST_REDIS_URL'));
  });

  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.terminate();
  });

  afterAll(async () => {
    redis.disconnect();
    await system.close();
  });

  /** An API with Redis keys of its own. */
  async function start(name: string, limits: Environment = {}) {
    const prefix = `${system.env['REDIS_PREFIX'] ?? ''}-${name}`;
    return { ...(await startCounting(system, redis, prefix, limits)), prefix };
  }

  const client = async (url: string, sub = 'alice') => new ApiClient(url, await system.token(sub));

  async function connect(url: string, token: string): Promise<RawSocket> {
    const socket = await RawSocket.connect(url, token);
    sockets.push(socket);
    return socket;
  }

  test('counts by cost over all processes: 100 aliases cost as much as 100 calls', async () => {
    const limits = { RATE_LIMIT_CUSTOMER_POINTS: '5110' };
    const one = await start('shared', limits);
    const other = await start('shared', limits);
    for (const { url } of [one, other])
      await cacheDocuments(system, url, createOrders(1), createOrders(2), createOrders(100));
    expect(await (await client(one.url, 'bulk')).send(createOrders(100))).toMatchObject({ status: 200 });
    const [first, second] = [await client(one.url, 'single'), await client(other.url, 'single')];
    for (let pair = 0; pair < 50; pair += 1) {
      const answers = await Promise.all([first.send(createOrders(1)), second.send(createOrders(1))]);
      expect(answers).toMatchObject([{ status: 200 }, { status: 200 }]);
    }
    expect(await pointsIn(redis, one.prefix, 'bulk')).toBe(5_010);
    expect(await pointsIn(redis, one.prefix, 'single')).toBe(5_000);
    for (const sub of ['bulk', 'single']) {
      const there = await client(other.url, sub);
      expect(await there.send(createOrders(2))).toMatchObject({ status: 200 });
      expect(codeOf(await there.send(createOrders(1)))).toBe('RATE_LIMITED');
      expect(codeOf(await (await client(one.url, sub)).send(createOrders(1)))).toBe('RATE_LIMITED');
    }
  });

  test('rejects over HTTP with 429 and Retry-After, writes nothing, and does not affect other customers', async () => {
    const { url } = await start('http', { RATE_LIMIT_CUSTOMER_POINTS: '100' });
    const token = await system.token('alice');
    const alice = new ApiClient(url, token);
    await cacheDocuments(system, url, createOrders(1), createOrders(2));
    await alice.send(createOrders(2));
    const before = await countRows(system.sql);
    // First rejected by Redis, then by the process, which caches the rejection.
    for (const attempt of [1, 2, 3]) {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify(createOrders(1)),
      });
      const answer = (await response.json()) as Required<Pick<GraphQLAnswer<unknown>, 'errors'>>;
      expect([attempt, response.status, answer]).toEqual([attempt, 429, { errors: [REFUSED] }]);
      const retryAfterMs = Number(answer.errors[0]?.extensions['retryAfterMs']);
      expect(retryAfterMs).toBeGreaterThan(0);
      expect(retryAfterMs).toBeLessThanOrEqual(WINDOW_SECONDS * 1_000);
      expect(response.headers.get('retry-after')).toBe(String(Math.ceil(retryAfterMs / 1_000)));
    }
    expect(await countRows(system.sql)).toEqual(before);
    expect(codeOf(await (await client(url, 'bob')).send(createOrders(1)))).toBeUndefined();
  });

  test('rejects a single operation over a WebSocket: its socket stays open, and accepts operations in the next window', async () => {
    const limits = { RATE_LIMIT_CUSTOMER_POINTS: '50', RATE_LIMIT_WINDOW_SECONDS: '3' };
    const application = await start('socket', limits);
    const { id } = (await create(await client((await system.start()).url, 'carol'))).order;
    const reader = await connect(application.url, await system.token('reader'));
    reader.subscribe('1', WATCH, { id });
    await reader.message('complete', '1');
    const socket = await connect(application.url, await system.token('olga', { roles: ['operator'] }));
    for (const name of ['1', '2', '3', '4']) socket.subscribe(name, WATCH, { id });
    const refused = await Promise.all(['3', '4'].map((name) => socket.message('error', name)));
    expect(refused.map(({ payload }) => payload)).toEqual([[REFUSED], [REFUSED]]);
    await socket.message('next', '1');
    await move(application, id, 'PAYMENT_STARTED', { status: 'PENDING', version: 1 });
    await waitFor(
      'the next event of the accepted subscriptions',
      () => socket.messages.filter(({ type }) => type === 'next').length === 4,
    );
    let name = 4;
    await waitFor('a subscription after the window', async () => {
      name += 1;
      socket.subscribe(String(name), WATCH, { id });
      const last = await waitFor('an answer', () =>
        socket.messages.find((message) => message.id === String(name)),
      );
      return last.type === 'next';
    });
  });

  test('counts calls without a valid token by address, others by customer', async () => {
    const application = await start('address', { RATE_LIMIT_ANONYMOUS_POINTS: '20' });
    const anonymous = new ApiClient(application.url, undefined);
    const query = '{ orders { totalCount } }';
    await cacheDocuments(system, application.url, { query });
    const codes = [];
    for (let call = 0; call < 3; call += 1) codes.push(codeOf(await anonymous.send({ query })));
    expect(codes).toEqual(['UNAUTHENTICATED', 'UNAUTHENTICATED', 'RATE_LIMITED']);
    expect((await (await client(application.url)).send({ query })).errors).toBeUndefined();
    // Over a WebSocket, too, an invalid token counts as none.
    const socket = await RawSocket.open(application.url);
    socket.init({ Authorization: 'Bearer bad' });
    expect(await socket.closed()).toEqual({ code: 1013, reason: 'Try again later' });
    await connect(application.url, await system.token('alice'));
    // Rejected calls consume nothing.
    await waitFor('the points of the two accepted calls', async () => {
      return (await pointsIn(redis, application.prefix, '127.0.0.1', 'address')) === 20;
    });
  });

  test('applies to calls without a valid token in production and over a WebSocket, too', async () => {
    const hidden = { GRAPHQL_INTROSPECTION: 'false', RATE_LIMIT_ANONYMOUS_POINTS: '20' };
    const { url } = await start('hidden', hidden);
    const bad = await RawSocket.open(url);
    bad.init({ Authorization: 'Bearer bad' });
    expect(await bad.closed()).toEqual({ code: 4403, reason: 'Forbidden' });
    const statuses = [];
    for (let call = 0; call < 2; call += 1)
      statuses.push((await new ApiClient(url, undefined).send({ query: '{ __typename }' })).status);
    expect(statuses).toEqual([401, 429]);
  });

  test('counts events of a long history beyond the estimated cost', async () => {
    const { url, prefix } = await start('events');
    const query = 'query ($id: ID!) { order(id: $id) { events { version } } }';
    const historian = await client(url, 'historian');
    const { id } = (await create(historian)).order;
    await system.sql.query(
      `WITH moved AS (UPDATE orders SET version = 51, status = 'PAYMENT_PROCESSING' WHERE id = $1)
       INSERT INTO order_events (order_id, version, type, status, previous_status)
       SELECT $1, version, 'PAYMENT_ATTEMPT_FAILED', 'PAYMENT_PROCESSING', 'PAYMENT_PROCESSING'
       FROM generate_series(2, 51) AS version`,
      [id],
    );
    await cacheDocuments(system, url, { query, variables: { id } });
    const before = await pointsIn(redis, prefix, 'historian');
    await historian.send({ query, variables: { id } });
    // 5 for the query, 1 for the list, 20 events of 0.1; 31 more events came.
    await waitFor('the points', async () => (await pointsIn(redis, prefix, 'historian')) === before + 8 + 31);
  });

  const INVALID: readonly [string, string][] = [
    ['cannot be read', `{ orders { ${'x '.repeat(200)}`],
    ['does not fit the schema', `{ ${'unknown '.repeat(50)} }`],
    [
      'is too complex',
      `{ ${Array.from({ length: 100 }, (_, i) => `a${i}: orders(first: 99) { totalCount edges { node { id } } }`).join(' ')} }`,
    ],
    ['has too many tokens', `{ ${'__typename '.repeat(5_000)} }`],
    ['is a subscription', `${WATCH} # ${'x'.repeat(300)}`],
    ['has no operation of that name', `query A { __typename } query B { __typename } # ${'x'.repeat(300)}`],
  ];
  test.each(INVALID)('counts a document that %s', async (_, query) => {
    const { url } = await start('bad', { RATE_LIMIT_CUSTOMER_POINTS: '1000' });
    const alice = await client(url, query.slice(0, 100).replace(/\W/g, ''));
    let last: string | undefined;
    await waitFor('a refusal', async () => {
      const code = codeOf(await alice.send({ query }));
      if (code === 'RATE_LIMITED') return true;
      last = code;
      return false;
    });
    expect(last).not.toBeUndefined();
    expect(codeOf(await alice.send({ query: '{ __typename }' }))).toBe('RATE_LIMITED');
  });

  test.each([
    ['cannot be read', `subscription { orderEvents { ${'x '.repeat(200)}`],
    ['does not fit the schema', `subscription { ${'unknown '.repeat(50)} }`],
    [
      'is too complex',
      `subscription { orderEvents(orderId: 1) { ${'order { events { '.repeat(20)} version ${'} } '.repeat(20)} } }`,
    ],
    ['has too many tokens', `subscription { ${'__typename '.repeat(5_000)} }`],
    ['is a query', `{ __typename } # ${'x'.repeat(300)}`],
  ])('counts a document over a WebSocket that %s', async (_, query) => {
    const { url } = await start('bad-socket', { RATE_LIMIT_CUSTOMER_POINTS: '100' });
    const sub = query.slice(0, 100).replace(/\W/g, '');
    const socket = await connect(url, await system.token(sub));
    let id = 0;
    await waitFor('a refusal', async () => {
      id += 1;
      socket.subscribe(String(id), query);
      const { payload } = await socket.message('error', String(id));
      return JSON.stringify(payload).includes('RATE_LIMITED');
    });
    expect(id).toBeGreaterThan(1);
  });
});
