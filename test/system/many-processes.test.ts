import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ApiClient, type Watch } from '../support/api-client.js';
import { orderInput } from '../support/documents.js';
import { captures, createWithRetries, ordersWithHoles, untilConfirmed } from '../support/placed-orders.js';
import { Processes } from '../support/processes.js';
import { setup, type TestSystem } from '../support/test-system.js';

const ORDERS = 200;
/** Each places orders one after another, each by three concurrent calls. */
const CUSTOMERS = 40;

describe('two processes of every role', () => {
  let system: TestSystem;
  const processes = new Processes();
  const clients: ApiClient[] = [];

  beforeEach(async () => {
    system = await setup();
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) await client.close();
    await processes.end();
    await system.close();
  });

  test('create each of 200 orders once from three calls, with one capture and a history without gaps', async () => {
    const roles = ['api', 'api', 'relay', 'relay', 'worker', 'worker'];
    const started = await Promise.all(roles.map((ROLE) => processes.start({ ...system.env, ROLE })));
    const token = await system.token('alice');
    for (const { url } of started.slice(0, 2)) clients.push(new ApiClient(url, token));
    const [first, second] = clients as [ApiClient, ApiClient];

    const placed: { readonly id: string; readonly watch: Watch }[] = [];
    const inputs = Array.from({ length: ORDERS }, () => orderInput());
    const customer = async () => {
      for (let input = inputs.pop(); input !== undefined; input = inputs.pop()) {
        const same = input;
        const answers = await Promise.all(
          [first, second, first].map((client) => createWithRetries([client], same)),
        );
        const ids = new Set(answers.map(({ id }) => id));
        expect(ids.size).toBe(1);
        expect(answers.filter(({ replayed }) => !replayed).length).toBeLessThanOrEqual(1);
        const [id = ''] = ids;
        // Every other order is watched through the other process.
        placed.push({ id, watch: (placed.length % 2 === 0 ? first : second).watch(id, 0) });
      }
    };
    await Promise.all(Array.from({ length: CUSTOMERS }, customer));
    const ids = placed.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ORDERS);
    await untilConfirmed(system.sql, ids, 50_000);

    const stored = await system.sql.query<{ id: string }>('SELECT id FROM orders');
    expect(stored.rows.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
    const ledger = await captures(system.sandboxUrl);
    expect([...ledger.keys()].toSorted()).toEqual(ids.toSorted());
    expect([...ledger.values()].filter((count) => count !== 1)).toEqual([]);
    expect(await ordersWithHoles(system.sql)).toEqual([]);

    for (const { watch } of placed) {
      const last = await watch.untilStatus('CONFIRMED');
      const versions = watch.events.map(({ version }) => version);
      expect(versions).toEqual(Array.from({ length: last.version }, (_, position) => position + 1));
      watch.stop();
    }
    expect(processes.stalledJobs()).toEqual([]);
    for (const process of started) expect(await process.stop()).toEqual({ code: 0, signal: null });
  }, 120_000);
});
