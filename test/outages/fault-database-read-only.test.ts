import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { RunningApplication } from '../../src/application.js';
import { Database } from '../../src/platform/database/database.js';
import { ApiClient } from '../support/api-client.js';
import { type Attempt, ANSWER_BOUND_MS, attempt, created, storedOrders } from '../support/database-faults.js';
import { orderInput } from '../support/documents.js';
import { OwnPostgres } from '../support/own-postgres.js';
import { untilConfirmed } from '../support/placed-orders.js';
import { sqlPool } from '../support/sql-pool.js';
import { type Environment, setup, type TestSystem } from '../support/test-system.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { waitFor } from '../support/wait-for.js';

/** The bound of fault 42, from the end of the fault. */
const NORMAL_WITHIN_MS = 5_000;
const POOL_SIZE = 3;
const CLIENTS = 30;
/** A third of the defaults, so that queries time out sooner. */
const SOON = { DATABASE_QUERY_TIMEOUT_MS: '800', DATABASE_ANSWER_TIMEOUT_MS: '1200' };
/** Three times as long as it takes until a query on every connection has timed out. */
const HANG_MS = 3_000;

let postgres: OwnPostgres;
let system: TestSystem;
let administrator: pg.Client;
let sql: pg.Pool;
let running: RunningApplication | undefined;

beforeAll(async () => {
  postgres = await OwnPostgres.start();
  administrator = new pg.Client({ connectionString: postgres.url });
  await administrator.connect();
  // This session stays writable.
  await administrator.query('SET default_transaction_read_only = off');
  sql = sqlPool(postgres.url, 2);
  system = await setup({
    DATABASE_URL: postgres.url,
    DATABASE_POOL_SIZE: String(POOL_SIZE),
    RECOVERY_STUCK_AFTER_MS: '3000',
    RECOVERY_INTERVAL_MS: '1000',
  });
}, 60_000);

afterEach(async () => {
  await configure('RESET synchronous_standby_names');
  await configure('RESET default_transaction_read_only');
  // Its sessions must not be counted by the next test.
  await running?.app.close();
  await waitFor('the end of its sessions', async () => (await sessions()) === 0);
});

afterAll(async () => {
  await system.close();
  await Promise.all([administrator.end(), sql.end()]);
  await postgres.end();
}, 60_000);

async function start(environment: Environment = {}): Promise<RunningApplication> {
  running = await system.start(environment);
  return running;
}

async function configure(change: string): Promise<void> {
  await administrator.query(`ALTER SYSTEM ${change}`);
  await administrator.query('SELECT pg_reload_conf()');
}

const hang = () => configure(`SET synchronous_standby_names = 'nobody'`);

async function sessions(): Promise<number> {
  const { rows } = await administrator.query<{ count: number }>(
    `SELECT count(*)::int FROM pg_stat_activity WHERE application_name = 'orders'`,
  );
  return rows[0]?.count ?? 0;
}

/** Customers who retry for some time. @returns their answers, and the maximum of sessions meanwhile */
async function placeWhile(
  alice: ApiClient,
  forMs: number,
): Promise<{ answers: Attempt[]; maxSessions: number }> {
  const until = performance.now() + forMs;
  const answers: Attempt[] = [];
  const placing = Array.from({ length: CLIENTS }, async () => {
    const input = orderInput();
    while (performance.now() < until) {
      const answer = await attempt(alice, input);
      answers.push(answer);
      await delay(answer.kind === 'retryable' ? answer.retryAfterMs : 0);
    }
  });
  let maxSessions = 0;
  while (performance.now() < until) {
    maxSessions = Math.max(maxSessions, await sessions());
    await delay(100);
  }
  await Promise.all(placing);
  return { answers, maxSessions };
}

describe('fault 42: the synchronous standby hangs', () => {
  test('sessions stay bounded and errors retryable, and orders are created when the standby is back', async () => {
    const { url, app } = await start({ ROLE: 'api', ...SOON });
    const alice = new ApiClient(url, await system.token('alice'));
    const { id } = await waitFor('a create', () => created(alice));
    await hang();
    const { answers, maxSessions } = await placeWhile(alice, HANG_MS);
    expect(new Set(answers.map(({ kind }) => kind))).toEqual(new Set(['retryable']));
    expect(Math.max(...answers.map(({ tookMs }) => tookMs))).toBeLessThan(ANSWER_BOUND_MS);
    expect(maxSessions).toBeGreaterThan(POOL_SIZE);
    expect(maxSessions).toBeLessThanOrEqual(2 * POOL_SIZE);
    await configure('RESET synchronous_standby_names');
    const order = await waitFor('a create', () => created(alice), NORMAL_WITHIN_MS);
    await waitFor('the abandoned sessions to end', async () => (await sessions()) <= POOL_SIZE);
    expect(app.get(Database, { strict: false }).pool.totalCount).toBeGreaterThan(0);
    expect([...(await storedOrders(postgres.url)).values()]).toEqual(expect.arrayContaining([id, order.id]));
  }, 60_000);

  test('sessions whose end was lost in the network do not use up the connections', async () => {
    const proxy = await TcpProxy.start(postgres.url);
    try {
      const { url } = await start({ ROLE: 'api', DATABASE_URL: proxy.url, ...SOON });
      const alice = new ApiClient(url, await system.token('alice'));
      await waitFor('a create', () => created(alice));
      // Each time the answers on all connections are lost, while new connections work.
      for (let round = 1; round <= 4; round += 1) {
        proxy.swallowOpen();
        const answers = Array.from({ length: CLIENTS }, () => attempt(alice));
        await Promise.all(answers);
        await waitFor('a create', () => created(alice), NORMAL_WITHIN_MS);
      }
    } finally {
      await proxy.end();
    }
  }, 60_000);
});

describe('fault 42: PostgreSQL becomes read-only under open connections', () => {
  test('errors are retryable, and orders are confirmed when it accepts writes again', async () => {
    const { url } = await start();
    const alice = new ApiClient(url, await system.token('alice'));
    await created(alice);
    await configure('SET default_transaction_read_only = on');
    await waitFor('a refusal', async () => (await attempt(alice)).kind === 'retryable');
    const { answers, maxSessions } = await placeWhile(alice, 1_000);
    expect(new Set(answers.map(({ kind }) => kind))).toEqual(new Set(['retryable']));
    expect(maxSessions).toBeLessThanOrEqual(POOL_SIZE);
    await configure('RESET default_transaction_read_only');
    const { id } = await waitFor('a create', () => created(alice), NORMAL_WITHIN_MS);
    await untilConfirmed(sql, [id], NORMAL_WITHIN_MS);
  }, 60_000);

  test('a failover behind the same address is detected, even though the old connections stay open', async () => {
    const { url } = await start();
    const alice = new ApiClient(url, await system.token('alice'));
    await Promise.all(Array.from({ length: CLIENTS }, () => created(alice)));
    // Open sessions become read-only, new ones do not.
    await administrator.query('ALTER ROLE CURRENT_USER SET default_transaction_read_only = off');
    try {
      await configure('SET default_transaction_read_only = on');
      const { id } = await waitFor('a create', () => created(alice), NORMAL_WITHIN_MS);
      await untilConfirmed(sql, [id], NORMAL_WITHIN_MS);
    } finally {
      await administrator.query('ALTER ROLE CURRENT_USER RESET default_transaction_read_only');
    }
  }, 60_000);
});
