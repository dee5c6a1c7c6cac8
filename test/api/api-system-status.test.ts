import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { SystemStatusQuery } from '../generated/graphql.js';
import { ApiClient, type GraphQLAnswer } from '../support/api-client.js';
import { CancelOrderDocument } from '../support/documents.js';
import {
  DeadLettersDocument,
  DiscardDeadLetterDocument,
  RetryAllDeadLettersDocument,
  RetryDeadLetterDocument,
  SystemStatusDocument,
} from '../support/operator-documents.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import type { Environment } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';
import { Desk } from './desk.js';
import { create } from './orders-support.js';

type Report = SystemStatusQuery['systemStatus'];

/** Checks time out after 1.5 s; the rest is for a busy machine. */
const ANSWER_BOUND_MS = 5_000;
const UNREACHABLE_DATABASE_URL = 'postgresql://nobody@127.0.0.1:9/none';
const EMPTY_QUEUE = { waiting: 0, active: 0, delayed: 0, throttledSeconds: null };
const ID = '0190a5ad-0000-7000-8000-000000000000';

describe('systemStatus', () => {
  let desk: Desk;
  const cleanups: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    desk = await Desk.open();
  });

  afterEach(async () => {
    await desk.steps.flushRedis();
    await desk.steps.select('TRUNCATE orders, outbox_messages CASCADE');
  });

  afterAll(async () => {
    await desk.close();
    for (const cleanup of cleanups.splice(0)) await cleanup();
  });

  /** Another API process of the same system. */
  async function apiWith(environment: Environment): Promise<{ operator: ApiClient; url: string }> {
    const { url } = await desk.steps.system.start({ ROLE: 'api', ...environment });
    return {
      url,
      operator: new ApiClient(url, await desk.steps.system.token('olga', { roles: ['operator'] })),
    };
  }

  const operatorAt = async (environment: Environment) => (await apiWith(environment)).operator;

  /** Checks the probes of an orchestrator. @throws if the answer takes longer than ANSWER_BOUND_MS */
  async function expectNotReady(url: string): Promise<void> {
    const startedAt = performance.now();
    const response = await fetch(`${url}/health/ready`);
    const answer = { status: response.status, body: await response.json() };
    expect(performance.now() - startedAt).toBeLessThan(ANSWER_BOUND_MS);
    const reasons = [expect.stringMatching(/^The database does not answer: \S/)];
    expect(answer).toEqual({
      status: 503,
      body: { status: 'not ready', database: 'down', redis: 'up', reasons },
    });
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
  }

  /** @throws if the answer takes longer than ANSWER_BOUND_MS */
  async function ask(operator: ApiClient): Promise<Report> {
    const startedAt = performance.now();
    const { systemStatus } = await operator.data(SystemStatusDocument, {});
    expect(performance.now() - startedAt).toBeLessThan(ANSWER_BOUND_MS);
    return systemStatus;
  }

  const untilUp = async (operator: ApiClient, part: 'database' | 'redis' | 'paymentGateway') =>
    waitFor(`${part} to be up`, async () => (await ask(operator))[part] === 'UP');

  const allUp = (overrides: Partial<Report> = {}): Report => ({
    database: 'UP',
    redis: 'UP',
    paymentGateway: 'UP',
    outbox: { pending: 0, oldestPendingAgeSeconds: null },
    queue: EMPTY_QUEUE,
    openDeadLetters: 0,
    openPaymentDiscrepancies: 0,
    missingOrders: 0,
    notices: [],
    ...overrides,
  });
  const withoutDatabase = {
    ...({ database: 'DOWN', outbox: null, openDeadLetters: null } as const),
    ...{ openPaymentDiscrepancies: null, missingOrders: null, notices: [] },
  };
  const withoutRedis = { redis: 'DOWN', queue: null } as const;

  test('counts pending outbox messages, jobs in the queue and open dead letters', async () => {
    expect(await ask(desk.olga)).toEqual(allUp());
    await desk.deadBeforeCharge();
    await desk.pending();
    const waiting = await ask(desk.olga);
    expect(waiting).toEqual(
      allUp({
        outbox: { pending: 2, oldestPendingAgeSeconds: expect.any(Number) as never },
        openDeadLetters: 1,
      }),
    );
    expect(waiting.outbox?.oldestPendingAgeSeconds).toBeGreaterThan(0);
    expect(waiting.outbox?.oldestPendingAgeSeconds).toBeLessThan(60);

    await desk.steps.relay().runOnce();
    const { queue } = desk.steps;
    await queue.add('charge-order', { orderId: ID }, { delay: 60_000 });
    await queue.add('charge-order', { orderId: ID }, { priority: 7 });
    expect(await ask(desk.olga)).toEqual(
      allUp({ queue: { ...EMPTY_QUEUE, waiting: 3, delayed: 1 }, openDeadLetters: 1 }),
    );
  });

  test('reports an unreachable PostgreSQL as DOWN, while the process stays live but not ready', async () => {
    const { operator, url } = await apiWith({ DATABASE_URL: UNREACHABLE_DATABASE_URL });
    expect(await ask(operator)).toEqual(allUp(withoutDatabase));
    await expectNotReady(url);
  });

  test('reports PostgreSQL as DOWN while all connections are in use, then UP; the process is ready again', async () => {
    const { operator, url } = await apiWith({ DATABASE_POOL_SIZE: '3' });
    const locker = await desk.steps.system.sql.connect();
    await locker.query('BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE');
    try {
      const creates = Array.from({ length: 20 }, () => create(operator).catch(() => undefined));
      await waitFor('all to be taken', async () => {
        const { rows } = await locker.query<{ count: number }>(
          `SELECT count(*)::int FROM pg_locks WHERE NOT granted AND relation = 'orders'::regclass`,
        );
        return rows[0]?.count === 3;
      });
      const [report] = await Promise.all([ask(operator), expectNotReady(url)]);
      expect(report).toEqual(allUp(withoutDatabase));
      await Promise.all(creates);
    } finally {
      await locker.query('ROLLBACK');
      locker.release();
    }
    await untilUp(operator, 'database');
    await waitFor('ready', async () => (await fetch(`${url}/health/ready`)).status === 200);
  });

  test('reports Redis as DOWN at the start, then UP once it can be reached', async () => {
    const proxy = await TcpProxy.start(desk.steps.system.env['REDIS_URL'] ?? '');
    cleanups.push(() => proxy.end());
    proxy.refuseNext(Number.MAX_SAFE_INTEGER);
    const operator = await operatorAt({ REDIS_URL: proxy.url });
    for (let time = 1; time <= 3; time += 1) expect(await ask(operator)).toEqual(allUp(withoutRedis));
    proxy.restore();
    await untilUp(operator, 'redis');
    expect(await ask(operator)).toEqual(allUp());
  });

  test.each<[string, object]>([
    ['out', { kind: 'outage' }],
    ['answering 500', { kind: 'http_500' }],
    ['answering 429', { kind: 'http_429' }],
    ['silent', { kind: 'latency', latencyMs: 4_000 }],
  ])('reports a payment gateway that is %s as DOWN, then UP', async (_, fault) => {
    await desk.during(fault, async () => {
      expect(await ask(desk.olga)).toEqual(allUp({ paymentGateway: 'DOWN' }));
    });
    await untilUp(desk.olga, 'paymentGateway');
  });

  test('answers while PostgreSQL, Redis and the gateway are all down', async () => {
    const operator = await operatorAt({
      DATABASE_URL: UNREACHABLE_DATABASE_URL,
      REDIS_URL: 'redis://127.0.0.1:9',
      STRIPE_API_BASE: 'http://127.0.0.1:9',
    });
    for (let time = 1; time <= 2; time += 1) {
      expect(await ask(operator)).toEqual({
        ...withoutDatabase,
        ...withoutRedis,
        paymentGateway: 'DOWN',
      });
    }
  });

  test('called concurrently, sends the gateway one request at a time', async () => {
    const asked = async () => (await desk.steps.sandbox.requests())['payment_intents.list'] ?? 0;
    const latencyMs = 300;
    await desk.during({ kind: 'latency', latencyMs }, async () => {
      const before = await asked();
      const startedAt = performance.now();
      const reports = await Promise.all(Array.from({ length: 30 }, () => ask(desk.olga)));
      const elapsedMs = performance.now() - startedAt;
      expect(reports).toEqual(Array.from({ length: 30 }, () => allUp()));
      // On a busy machine, some calls may start only after the first answer.
      expect((await asked()) - before).toBeLessThanOrEqual(Math.floor(elapsedMs / latencyMs));
    });
  });

  test('needs no database, while other operator calls fail with a retryable error', async () => {
    const operator = await operatorAt({ DATABASE_URL: UNREACHABLE_DATABASE_URL });
    const answers: GraphQLAnswer<unknown>[] = [
      await operator.execute(CancelOrderDocument, { input: { orderId: ID } }),
      await operator.execute(DeadLettersDocument, {}),
      await operator.execute(RetryDeadLetterDocument, { id: ID }),
      await operator.execute(RetryAllDeadLettersDocument, {}),
      await operator.execute(DiscardDeadLetterDocument, { id: ID, reason: 'Nothing to be had.' }),
    ];
    for (const { data, errors } of answers) {
      expect(data ?? null).toBeNull();
      expect(errors).toMatchObject([{ message: expect.stringContaining('not available') as unknown }]);
      expect(errors?.[0]?.extensions).toEqual({
        code: 'SERVICE_UNAVAILABLE',
        retryable: true,
        retryAfterMs: expect.any(Number) as unknown,
      });
    }
  });
});
