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
/** A trial is one request, which the client's own package repeats once, and a ping, likewise. */
const REQUESTS_A_TRIAL = 4;
const OUTAGE_MS = 3_000;
/** What two answers may take while the gateway has trouble, on a busy machine; the api never asks the gateway. */
const ANSWERS_MS = 5_000;

describe('fault 23: the gateway has trouble', () => {
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
    proxy.countAfresh();
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

  /** In this test, of one worker after the other. */
  function breakerStates(): unknown[] {
    return processes
      .log()
      .filter(({ time }) => Date.parse(String(time)) >= startedAtMs)
      .flatMap(({ msg, state }) => (msg === 'payment gateway circuit breaker' ? [state] : []));
  }

  test('out, for 3 s, with 50 orders: asked now and then, no order lost, not flooded afterwards', async () => {
    await sandbox.addFault({ kind: 'outage' });
    const ids = await placeOrders();
    await waitFor('open breakers', () => breakerStates().length === WORKERS);
    proxy.countAfresh();
    const openedAt = performance.now();

    // Nobody else notices.
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

    proxy.countAfresh();
    await sandbox.clearFaults();
    await expectAllCharged(ids);
    expect(proxy.mostInFlight).toBeLessThanOrEqual(WORKERS * CONCURRENCY);
    // A create and a confirm each; nothing is asked twice.
    expect(proxy.requests).toBeLessThan(3 * ids.length);
    expect(breakerStates()).toEqual(Array(WORKERS).fill(['open', 'closed']).flat());
    // Attempts that failed for everyone are not held against the order. The last one counts, and before it one that
    // failed just before the end: the gateway answered when it was asked whether it answers anyone.
    expect(await count(system.sql, 'payments', 'uncounted_attempts > 0')).toBeGreaterThan(0);
    expect(await count(system.sql, 'payments', 'attempts - uncounted_attempts > 2')).toBe(0);
  }, 90_000);

  test.each(['http_500', 'http_429'])(
    'answers %s to everything for 3 s: no dead letter, all CONFIRMED',
    async (kind) => {
      await sandbox.addFault({ kind, durationMs: 3_000 });
      const ids = await placeOrders();
      await expectAllCharged(ids);
      expect(proxy.mostInFlight).toBeLessThanOrEqual(WORKERS * CONCURRENCY);
      // Without the breaker the orders' own pauses (200 ms at most) would allow some ten times as many.
      expect(proxy.requests).toBeLessThan(6 * ids.length);
    },
    60_000,
  );

  test('fails every third request, in every way: each order is charged once', async () => {
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
