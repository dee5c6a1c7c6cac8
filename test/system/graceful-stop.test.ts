import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { Control } from '../support/sandbox.js';
import { ApiClient } from '../support/api-client.js';
import {
  captures,
  create,
  createWithRetries,
  ordersWithHoles,
  untilConfirmed,
} from '../support/placed-orders.js';
import { Processes } from '../support/processes.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';

const ENDED = { code: 0, signal: null };

describe('fault 30: SIGTERM under load', () => {
  let system: TestSystem;
  const processes = new Processes();
  let stopLoad = false;

  beforeEach(async () => {
    stopLoad = false;
    // Long enough for a busy machine to renew the lock, short enough for the test to detect an abandoned job.
    system = await setup({ WORKER_LOCK_MS: '8000', WORKER_STALLED_CHECK_INTERVAL_MS: '500' });
  });

  afterEach(async () => {
    stopLoad = true;
    await processes.end();
    await system.close();
  });

  async function start(ROLE: string) {
    return processes.start({ ...system.env, ROLE });
  }

  async function client(url: string): Promise<ApiClient> {
    return new ApiClient(url, await system.token('alice'));
  }

  /** Ten customers who place orders one after another until stopLoad. */
  function load(
    clients: readonly ApiClient[],
    pauseMs = 0,
  ): {
    readonly placed: string[];
    readonly ended: Promise<unknown>;
  } {
    const placed: string[] = [];
    const customer = async () => {
      while (!stopLoad) {
        placed.push((await createWithRetries(clients)).id);
        await delay(pauseMs);
      }
    };
    return { placed, ended: Promise.all(Array.from({ length: 10 }, customer)) };
  }

  async function untilPlaced(placed: readonly string[], count: number): Promise<void> {
    await waitFor(`${count} orders`, () => placed.length >= count);
  }

  async function expectAllCharged(placed: readonly string[]): Promise<void> {
    await untilConfirmed(system.sql, placed, 25_000);
    const stored = await system.sql.query<{ id: string }>('SELECT id FROM orders');
    expect(stored.rows.map(({ id }) => id).toSorted()).toEqual(placed.toSorted());
    const ledger = await captures(system.sandboxUrl);
    expect(placed.filter((id) => ledger.get(id) !== 1)).toEqual([]);
    expect(await ordersWithHoles(system.sql)).toEqual([]);
    expect(processes.stalledJobs()).toEqual([]);
  }

  test('an API answers the request in progress, and does not wait for keep-alive connections', async () => {
    const api = await start('api');
    const lock = await system.sql.connect();
    await lock.query('BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE');
    // The connection is keep-alive, as with every client.
    const answer = client(api.url).then(create);
    await waitFor('a blocked statement', async () => {
      const { rows } = await system.sql.query(`SELECT FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'`);
      return rows.length > 0;
    });
    const ended = api.stop();
    await waitFor('the end of the listener', () =>
      fetch(`${api.url}/health/live`).then(
        () => false,
        () => true,
      ),
    );
    await lock.query('ROLLBACK');
    lock.release();
    const answeredAt = performance.now();
    expect((await answer).replayed).toBe(false);
    expect(await ended).toEqual(ENDED);
    expect(performance.now() - answeredAt).toBeLessThan(10_000);
  }, 60_000);

  test('a rolling restart of every role loses no order, and leaves no job without its worker', async () => {
    const roles = ['api', 'relay', 'worker'];
    const running = await Promise.all(roles.map(start));
    const sandbox = new Control(system.sandboxUrl);
    await sandbox.addFault({ kind: 'latency', latencyMs: 100 });
    const clients = await Promise.all(running.slice(0, 1).map(({ url }) => client(url)));
    // Paced, so that new processes have time to start on a busy machine.
    const { placed, ended } = load(clients, 200);
    for (const [index, role] of roles.entries()) {
      await untilPlaced(placed, placed.length + 30);
      const replacement = await start(role);
      // Customers use both APIs, one of which is stopped.
      if (role === 'api') clients.push(await client(replacement.url));
      expect(await running[index]?.stop()).toEqual(ENDED);
    }
    await untilPlaced(placed, placed.length + 30);
    stopLoad = true;
    await ended;
    await expectAllCharged(placed);
  }, 120_000);

  test('a worker finishes the charges in progress', async () => {
    const [worker, work] = await Promise.all([start('worker'), start('api,relay')]);
    const sandbox = new Control(system.sandboxUrl);
    await sandbox.addFault({ kind: 'latency', endpoint: 'payment_intents.confirm', latencyMs: 1_000 });
    const customer = await client(work.url);
    const ids = await Promise.all([1, 2, 3].map(async () => (await create(customer)).id));
    await waitFor(
      'three charges under way',
      async () => (await sandbox.requests())['payment_intents.confirm'] === 3,
    );
    expect([...(await captures(system.sandboxUrl)).values()]).toEqual([0, 0, 0]);
    expect(await worker.stop()).toEqual(ENDED);
    // No other worker runs.
    const { rows } = await system.sql.query('SELECT status FROM orders');
    expect(rows).toEqual(ids.map(() => ({ status: 'CONFIRMED' })));
    await expectAllCharged(ids);
  }, 60_000);

  test('a process with every role reports that it is not ready, and exits', async () => {
    const all = await processes.start({ ...system.env, SHUTDOWN_DRAIN_DELAY_MS: '1000' });
    const ready = async () => (await fetch(`${all.url}/health/ready`)).status;
    expect(await ready()).toBe(200);
    const ended = all.stop();
    await waitFor('503', async () => (await ready()) === 503);
    const { id } = await createWithRetries([await client(all.url)]);
    expect(await ended).toEqual(ENDED);
    const again = await start('all');
    expect(again.url).not.toBe('');
    await expectAllCharged([id]);
  }, 60_000);
});
