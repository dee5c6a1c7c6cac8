import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { ApiClient } from '../support/api-client.js';
import { CreateOrderDocument, orderInput } from '../support/documents.js';
import { OwnPostgres } from '../support/own-postgres.js';
import { OwnRedis } from '../support/own-redis.js';
import { Processes } from '../support/processes.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';

/** Whatever is down. */
const ANSWER_BOUND_MS = 5_000;

describe('health and metrics', () => {
  let redis: OwnRedis;
  let system: TestSystem;
  const processes = new Processes();

  beforeEach(async () => {
    redis = await OwnRedis.start();
    system = await setup({ REDIS_URL: redis.url });
  });

  afterEach(async () => {
    await processes.end();
    await system.close();
    await redis.end();
  });

  async function ask(url: string): Promise<{ status: number; body: unknown }> {
    const startedAt = performance.now();
    const response = await fetch(url);
    const answer = { status: response.status, body: await response.json() };
    expect(performance.now() - startedAt).toBeLessThan(ANSWER_BOUND_MS);
    return answer;
  }

  const untilReady = async (url: string) =>
    waitFor('ready again', async () => (await ask(`${url}/health/ready`)).status === 200);

  const because = (reason: RegExp) => [expect.stringMatching(reason) as unknown];
  const REDIS_DOWN = because(/^Redis does not answer: \S/);
  const READY = { status: 200, body: { status: 'ready', database: 'up', redis: 'up', reasons: [] } };
  const DEGRADED = {
    status: 200,
    body: { status: 'degraded', database: 'up', redis: 'down', reasons: REDIS_DOWN },
  };
  const NOT_READY = {
    status: 503,
    body: { status: 'not ready', database: 'up', redis: 'down', reasons: REDIS_DOWN },
  };

  test.each([
    ['api', DEGRADED],
    ['relay', NOT_READY],
    ['worker', NOT_READY],
    ['all', DEGRADED],
  ])('of ROLE=%s, with Redis and without', async (ROLE, withoutRedis) => {
    const process = await processes.start({ ...system.env, ROLE });
    const { url } = process;
    expect(await ask(`${url}/health/live`)).toEqual({ status: 200, body: { status: 'live' } });
    expect(await ask(`${url}/health/ready`)).toEqual(READY);

    const metrics = await fetch(`${url}/metrics`);
    expect(metrics.headers.get('content-type')).toMatch(/^text\/plain; version=/);
    expect(await metrics.text()).toMatch(/^process_cpu_seconds_total \d/m);

    await redis.stop();
    expect(await ask(`${url}/health/ready`)).toEqual(withoutRedis);
    expect((await ask(`${url}/health/live`)).status).toBe(200);
    await redis.startAgain();
    await waitFor('ready again', async () => {
      const { body } = await ask(`${url}/health/ready`);
      return (body as { status: string }).status === 'ready';
    });
    expect(await process.stop()).toEqual({ code: 0, signal: null });
  });

  test.each([
    ['worker', NOT_READY],
    ['api', DEGRADED],
  ])('of ROLE=%s says so where Redis hangs, instead of hanging too', async (ROLE, withoutRedis) => {
    const { url } = await processes.start({ ...system.env, ROLE });
    await redis.pause();
    expect(await ask(`${url}/health/ready`)).toEqual(withoutRedis);
    redis.resume();
    await waitFor('ready again', async () => {
      const { body } = await ask(`${url}/health/ready`);
      return (body as { status: string }).status === 'ready';
    });
  });

  const WITHOUT_DATABASE = {
    status: 503,
    body: {
      status: 'not ready',
      database: 'down',
      redis: 'up',
      reasons: because(/^The database does not answer: \S/),
    },
  };

  test.each(['api', 'worker'])(
    'of ROLE=%s says so where PostgreSQL hangs',
    async (ROLE) => {
      const postgres = await OwnPostgres.start();
      try {
        const { url } = await processes.start({ ...system.env, ROLE, DATABASE_URL: postgres.url });
        await untilReady(url);
        await postgres.pause();
        for (let time = 1; time <= 3; time += 1) {
          expect(await ask(`${url}/health/ready`)).toEqual(WITHOUT_DATABASE);
          expect((await ask(`${url}/health/live`)).status).toBe(200);
        }
        postgres.resume();
        await untilReady(url);
        await processes.end();
      } finally {
        await postgres.end();
      }
    },
    60_000,
  );

  test('says so where PostgreSQL is in a black hole', async () => {
    const proxy = await TcpProxy.start(system.env['DATABASE_URL'] ?? '');
    try {
      const { url } = await processes.start({ ...system.env, ROLE: 'api', DATABASE_URL: proxy.url });
      await untilReady(url);
      proxy.swallowAll();
      for (let time = 1; time <= 3; time += 1) {
        expect(await ask(`${url}/health/ready`)).toEqual(WITHOUT_DATABASE);
      }
      proxy.restore();
      await untilReady(url);
      await processes.end();
    } finally {
      await proxy.end();
    }
  });

  test('says so where every connection to PostgreSQL is taken', async () => {
    const { url } = await processes.start({ ...system.env, ROLE: 'api', DATABASE_POOL_SIZE: '2' });
    await untilReady(url);
    const client = new ApiClient(url, await system.token('alice'));
    const locker = await system.sql.connect();
    await locker.query('BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE');
    try {
      const creates = Array.from({ length: 20 }, () =>
        client.execute(CreateOrderDocument, { input: orderInput() }),
      );
      await waitFor('both to be taken', async () => {
        const { rows } = await locker.query<{ count: number }>(
          `SELECT count(*)::int FROM pg_locks WHERE NOT granted AND relation = 'orders'::regclass`,
        );
        return rows[0]?.count === 2;
      });
      expect(await ask(`${url}/health/ready`)).toEqual(WITHOUT_DATABASE);
      await Promise.all(creates);
    } finally {
      await locker.query('ROLLBACK');
      locker.release();
    }
    await untilReady(url);
  });

  test('says so where a process starts before the database does', async () => {
    const { url } = await processes.start({
      ...system.env,
      DATABASE_URL: 'postgresql://nobody@127.0.0.1:9/none',
    });
    expect(await ask(`${url}/health/ready`)).toEqual(WITHOUT_DATABASE);
    expect((await ask(`${url}/health/live`)).status).toBe(200);
  });

  test('is not ready without the database, whatever its role, and lives on', async () => {
    const { url } = await processes.start({ ...system.env, ROLE: 'api' });
    const name = new URL(system.env['DATABASE_URL'] ?? '').pathname.slice(1);
    const administrator = new URL(system.env['DATABASE_URL'] ?? '');
    administrator.pathname = '/postgres';
    const client = new pg.Client({ connectionString: administrator.href });
    await client.connect();
    try {
      await client.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
      await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
      await waitFor('not ready', async () => (await ask(`${url}/health/ready`)).status === 503);
      expect((await ask(`${url}/health/live`)).status).toBe(200);
    } finally {
      await client.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
      await client.end();
    }
    await waitFor('ready again', async () => (await ask(`${url}/health/ready`)).status === 200);
  });
});
