import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { Control } from '../support/sandbox.js';
import { ApiClient } from '../support/api-client.js';
import { OrderDocument } from '../support/documents.js';
import { GatewayProxy } from '../support/gateway-proxy.js';
import { captures, createWithRetries, ordersWithHoles, untilConfirmed } from '../support/placed-orders.js';
import { Processes } from '../support/processes.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';

const ORDERS = 50;
const WORKERS = 2;
const CONCURRENCY = 5;
const BREAKER_PAUSE_MS = 300;
/** A trial is one request and one ping, each repeated once by Stripe's package. */
const REQUESTS_A_TRIAL = 4;
const OUTAGE_MS = 3_000;
/** The bound for two answers of the API on a busy machine; the API doesn't call the gateway. */
const ANSWERS_MS = 5_000;

describe('fault 23: a payment gateway that', () => {
  let system: TestSystem;
  let sandbox: Control;
  let proxy: GatewayProxy;
  let client: ApiClient;
  let startedAtMs = 0;
  const processes = new Processes();

  beforeAll(async () => {
    system = await setup({
      WORKER_CONCURRENCY: String(CONCURRENCY),
      PAYMENT_BREAKER_PAUSE_MS: String(BREAKER_PAUSE_MS),
    });
    sandbox = new Control(system.sandboxUrl);
    proxy = await GatewayProxy.start(system.sandboxUrl);
    const env = { ...system.env, STRIPE_API_BASE: proxy.url };
    const roles = ['api,relay', ...Array<string>(WORKERS).fill('worker')];
    const [api] = await Promise.all(roles.map((ROLE) => processes.start({ ...env, ROLE })));
    client = new ApiClient(api?.url ?? '', await system.token('alice'));
  }, 60_000);

  beforeEach(async () => {
    await sandbox.clearFaults();
    startedAtMs = Date.now();
    proxy.resetCounts();
  });

  afterAll(async () => {
    await processes.end();
    await proxy.close();
    await system.close();
  });

  async function placeOrders(): Promise<string[]> {
    return Promise.all(Array.from({ length: ORDERS }, async () => (await createWithRetries([client])).id));
  }

  async function expectAllCharged(ids: readonly string[]): Promise<void> {
    await untilConfirmed(system.sql, ids, 40_000);
    const ledger = await captures(system.sandboxUrl);
    expect(ids.map((id) => ledger.get(id))).toEqual(ids.map(() => 1));
    expect(await count(system.sql, 'dead_letters')).toBe(0);
    expect(await ordersWithHoles(system.sql)).toEqual([]);
    expect(processes.stalledJobs()).toEqual([]);
  }

  /** States of the circuit breaker logged in this test, one worker after the other. */
  function breakerStates(): unknown[] {
    return processes
      .log()
      .filter(({ time }) => Date.parse(String(time)) >= startedAtMs)
      .flatMap(({ msg, state }) => (msg === 'payment gateway circuit breaker' ? [state] : []));
  }

  test('is down for 3 s with 50 orders gets few requests, then charges all orders without a flood', async () => {
    await sandbox.addFault({ kind: 'outage' });
    const ids = await placeOrders();
    await waitFor('open circuit breakers', () => breakerStates().length === WORKERS);
    proxy.resetCounts();
    const openedAt = performance.now();

    // The API is not affected.
    const [id = ''] = ids;
    expect((await client.data(OrderDocument, { id })).order).toMatchObject({ id });
    ids.push((await createWithRetries([client])).id);
    expect(performance.now() - openedAt).toBeLessThan(ANSWERS_MS);

    await waitFor('the end of the outage', () => performance.now() - openedAt > OUTAGE_MS);
    const trials = WORKERS * ((performance.now() - openedAt) / (BREAKER_PAUSE_MS / 2) + 1);
    const { requests } = proxy;
    expect(requests).toBeGreaterThan(0);
    expect(requests).toBeLessThanOrEqual(trials * REQUESTS_A_TRIAL);
    expect(breakerStates()).toEqual(Array(WORKERS).fill('open'));

    proxy.resetCounts();
    await sandbox.clearFaults();
    await expectAllCharged(ids);
    expect(proxy.maxInFlight).toBeLessThanOrEqual(WORKERS * CONCURRENCY);
    // A create and a confirm for each order, without repeats.
    expect(proxy.requests).toBeLessThan(3 * ids.length);
    expect(breakerStates()).toEqual(Array(WORKERS).fill(['open', 'closed']).flat());
    // Global failures do not count. At most two attempts count: the last one, and before it one that failed just
    // before the end of the outage, when the gateway already answered the ping.
    expect(await count(system.sql, 'payments', 'uncounted_attempts > 0')).toBeGreaterThan(0);
    expect(await count(system.sql, 'payments', 'attempts - uncounted_attempts > 2')).toBe(0);
  }, 90_000);

  test.each(['http_500', 'http_429'])(
    'answers %s to everything for 3 s causes no dead letter, and all orders are CONFIRMED',
    async (kind) => {
      await sandbox.addFault({ kind, durationMs: 3_000 });
      const ids = await placeOrders();
      await expectAllCharged(ids);
      expect(proxy.maxInFlight).toBeLessThanOrEqual(WORKERS * CONCURRENCY);
      // Without the circuit breaker, the orders' own pauses (200 ms at most) would allow some ten times as many.
      expect(proxy.requests).toBeLessThan(6 * ids.length);
    },
    60_000,
  );

  test('fails every third request in every way charges each order once', async () => {
    for (const kind of ['http_500', 'http_429', 'charged_then_reset'])
      await sandbox.addFault({ kind, probability: 0.12 });
    const ids = await placeOrders();
    await untilConfirmed(system.sql, ids, 60_000);
    await sandbox.clearFaults();
    await expectAllCharged(ids);
  }, 90_000);
});

async function count(sql: pg.Pool, table: string, condition = 'true'): Promise<number> {
  const { rows } = await sql.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM ${table} WHERE ${condition}`,
  );
  return rows[0]?.count ?? 0;
}
