import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ApiClient } from '../support/api-client.js';
import { SystemStatusDocument } from '../support/operator-documents.js';
import { OwnPostgres } from '../support/own-postgres.js';
import { OwnRedis } from '../support/own-redis.js';
import { Processes } from '../support/processes.js';
import { sqlPool } from '../support/sql-pool.js';
import type { SystemProcess } from '../support/system-process.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';

/** The bound for an answer, whatever is down. */
const ANSWER_BOUND_MS = 5_000;
const ROLES = ['api', 'relay', 'worker', 'all'] as const;
const ENDED = { code: 0, signal: null };

const because = (reason: RegExp) => [expect.stringMatching(reason) as unknown];
const REDIS_DOWN = { database: 'up', redis: 'down', reasons: because(/^Redis does not answer: \S/) };
const DATABASE_DOWN = {
  database: 'down',
  redis: 'up',
  reasons: because(/^The database does not answer: \S/),
};
const LIVE = { status: 200, body: { status: 'live' } };
const READY = { status: 200, body: { status: 'ready', database: 'up', redis: 'up', reasons: [] } };
const DEGRADED = { status: 200, body: { status: 'degraded', ...REDIS_DOWN } };
const NOT_READY = { status: 503, body: { status: 'not ready', ...REDIS_DOWN } };
/** Only relay and worker need Redis. */
const WITHOUT_REDIS = [DEGRADED, NOT_READY, NOT_READY, DEGRADED];
const WITHOUT_DATABASE = ROLES.map(() => ({ status: 503, body: { status: 'not ready', ...DATABASE_DOWN } }));
const DATABASE_UNKNOWN = { database: 'DOWN', outbox: null, openDeadLetters: null, redis: 'UP' };

describe('the processes of every role', () => {
  let redis: OwnRedis;
  let postgres: OwnPostgres;
  let proxy: TcpProxy;
  let system: TestSystem;
  let running: SystemProcess[];
  let olga: ApiClient;
  const processes = new Processes();

  beforeAll(async () => {
    [redis, postgres] = await Promise.all([OwnRedis.start(), OwnPostgres.start()]);
    proxy = await TcpProxy.start(postgres.url);
    system = await setup({ REDIS_URL: redis.url, DATABASE_URL: proxy.url });
    running = await Promise.all(ROLES.map((ROLE) => processes.start({ ...system.env, ROLE })));
    olga = new ApiClient(running[0]?.url ?? '', await system.token('olga', { roles: ['operator'] }));
    await untilReady();
  }, 60_000);

  afterAll(async () => {
    await olga.close();
    await processes.end();
    await system.close();
    await proxy.end();
    await Promise.all([redis.end(), postgres.end()]);
  }, 60_000);

  /** Asks all processes at once. @throws if an answer takes longer than ANSWER_BOUND_MS */
  async function ask(path: 'live' | 'ready'): Promise<{ status: number; body: unknown }[]> {
    return Promise.all(
      running.map(async ({ url }) => {
        const startedAt = performance.now();
        const response = await fetch(`${url}/health/${path}`);
        const answer = { status: response.status, body: await response.json() };
        expect(performance.now() - startedAt).toBeLessThan(ANSWER_BOUND_MS);
        return answer;
      }),
    );
  }

  async function untilReady(): Promise<void> {
    await waitFor('all to be ready', async () => {
      expect(await ask('ready')).toEqual(ROLES.map(() => READY));
      return true;
    });
  }

  async function expectAllLive(): Promise<void> {
    expect(await ask('live')).toEqual(ROLES.map(() => LIVE));
  }

  const status = async () => (await olga.data(SystemStatusDocument, {})).systemStatus;

  test('are live and ready, and serve metrics', async () => {
    await expectAllLive();
    expect(await ask('ready')).toEqual(ROLES.map(() => READY));
    for (const { url } of running) {
      const metrics = await fetch(`${url}/metrics`);
      expect(metrics.headers.get('content-type')).toMatch(/^text\/plain; version=/);
      expect(await metrics.text()).toMatch(/^process_cpu_seconds_total \d/m);
    }
  });

  test('report a stopped Redis in readiness and systemStatus, an API only as degraded', async () => {
    await redis.stop();
    expect(await ask('ready')).toEqual(WITHOUT_REDIS);
    await expectAllLive();
    expect(await status()).toMatchObject({ redis: 'DOWN', queue: null, database: 'UP' });
    await redis.startAgain();
    await untilReady();
    expect((await status()).redis).toBe('UP');
  });

  test('report a hanging Redis in readiness and systemStatus in time', async () => {
    await redis.pause();
    try {
      expect(await ask('ready')).toEqual(WITHOUT_REDIS);
      expect(await status()).toMatchObject({ redis: 'DOWN', queue: null, database: 'UP' });
    } finally {
      redis.resume();
    }
    await untilReady();
    expect((await status()).redis).toBe('UP');
  });

  test('report a hanging PostgreSQL in readiness and systemStatus in time', async () => {
    await postgres.pause();
    try {
      const [answers, report] = await Promise.all([ask('ready'), status()]);
      expect(answers).toEqual(WITHOUT_DATABASE);
      expect(report).toMatchObject(DATABASE_UNKNOWN);
      for (let time = 2; time <= 3; time += 1) expect(await ask('ready')).toEqual(WITHOUT_DATABASE);
      await expectAllLive();
    } finally {
      postgres.resume();
    }
    await untilReady();
    expect((await status()).database).toBe('UP');
  }, 60_000);

  test('report PostgreSQL in a black hole in readiness and systemStatus in time', async () => {
    proxy.swallowAll();
    try {
      for (let time = 1; time <= 3; time += 1) {
        const [answers, report] = await Promise.all([ask('ready'), status()]);
        expect(answers).toEqual(WITHOUT_DATABASE);
        expect(report).toMatchObject(DATABASE_UNKNOWN);
      }
    } finally {
      proxy.restore();
    }
    await untilReady();
    expect((await status()).database).toBe('UP');
  });

  test('are not ready but live while the database refuses connections', async () => {
    const { pathname } = new URL(postgres.url);
    const administration = sqlPool(new URL('/postgres', postgres.url).href, 1);
    const name = pathname.slice(1);
    try {
      await administration.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
      await administration.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1',
        [name],
      );
      await waitFor('503 everywhere', async () =>
        (await ask('ready')).every((answer) => answer.status === 503),
      );
      await expectAllLive();
    } finally {
      await administration.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
      await administration.end();
    }
    await untilReady();
  });

  // The last test.
  test('exit with code 0 after all these faults', async () => {
    expect(await Promise.all(running.map((process) => process.stop()))).toEqual(ROLES.map(() => ENDED));
  });
});
