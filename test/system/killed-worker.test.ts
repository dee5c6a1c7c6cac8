import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Control } from '../integration/sandbox-support.js';
import { ApiClient } from '../support/api-client.js';
import { captures, create, ordersWithHoles, untilConfirmed } from '../support/placed-orders.js';
import { Processes } from '../support/processes.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';

describe('kill -9 of a worker', () => {
  let system: TestSystem;
  let sandbox: Control;
  const processes = new Processes();

  beforeEach(async () => {
    system = await setup({ WORKER_LOCK_MS: '1000', WORKER_STALLED_CHECK_INTERVAL_MS: '500' });
    sandbox = new Control(system.sandboxUrl);
  });

  afterEach(async () => {
    await processes.end();
    await system.close();
  });

  test.each(['payment_intents.create', 'payment_intents.confirm'])(
    'in the middle of %s: another one takes the orders over, one capture each',
    async (endpoint) => {
      const [worker, api] = await Promise.all([
        processes.start({ ...system.env, ROLE: 'worker' }),
        processes.start({ ...system.env, ROLE: 'api,relay' }),
      ]);
      const client = new ApiClient(api.url, await system.token('alice'));
      await sandbox.addFault({ kind: 'latency', endpoint, latencyMs: 1_000 });
      const ids = await Promise.all(Array.from({ length: 10 }, async () => (await create(client)).id));
      await waitFor('charges under way', async () => (await sandbox.requests())[endpoint] === ids.length);
      expect(await worker.stop('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
      const { rows } = await system.sql.query('SELECT DISTINCT status FROM orders');
      expect(rows).toEqual([{ status: 'PAYMENT_PROCESSING' }]);
      await sandbox.clearFaults();
      await processes.start({ ...system.env, ROLE: 'worker' });
      await untilConfirmed(system.sql, ids, 30_000);
      const ledger = await captures(system.sandboxUrl);
      expect([...ledger.values()]).toEqual(ids.map(() => 1));
      expect(await ordersWithHoles(system.sql)).toEqual([]);
    },
    60_000,
  );

  test('again and again: the orders come to rest all the same', async () => {
    const api = await processes.start({ ...system.env, ROLE: 'api,relay' });
    const client = new ApiClient(api.url, await system.token('alice'));
    await sandbox.addFault({ kind: 'latency', latencyMs: 300 });
    const ids = await Promise.all(Array.from({ length: 10 }, async () => (await create(client)).id));
    for (let life = 1; life <= 3; life += 1) {
      const before = Object.values(await sandbox.requests()).reduce((sum, count) => sum + count, 0);
      const worker = await processes.start({ ...system.env, ROLE: 'worker' });
      await waitFor('a request to the gateway', async () => {
        const now = Object.values(await sandbox.requests()).reduce((sum, count) => sum + count, 0);
        return now > before;
      });
      await worker.stop('SIGKILL');
    }
    await processes.start({ ...system.env, ROLE: 'worker' });
    await untilConfirmed(system.sql, ids, 30_000);
    expect([...(await captures(system.sandboxUrl)).values()]).toEqual(ids.map(() => 1));
    expect(await ordersWithHoles(system.sql)).toEqual([]);
  }, 90_000);
});
