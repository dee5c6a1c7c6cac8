import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ApiClient } from '../support/api-client.js';
import { CancelOrderDocument, OrderDocument } from '../support/documents.js';
import { SystemStatusDocument } from '../support/operator-documents.js';
import { createWithRetries, untilConfirmed } from '../support/placed-orders.js';
import { Processes } from '../support/processes.js';
import { Control } from '../support/sandbox.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';

/** The gateway's, for each endpoint: Stripe's default. */
const LIMIT = 25;
/** Below the limit, as by default: the processes of a busy machine may stand still and then run at once. */
const RATE = 20;
const WORKERS = 2;
/** What the workers take in ten seconds: time enough to cancel an order. */
const ORDERS = 10 * RATE;
/** More than half of the requests are refused without a rate. */
const MAX_REFUSED_SHARE = 0.05;

describe(`two workers with ${RATE} requests a second to a gateway that takes ${LIMIT}`, () => {
  let system: TestSystem;
  let sandbox: Control;
  let customer: ApiClient;
  let operator: ApiClient;
  const processes = new Processes();
  const start = (ROLE: string) =>
    processes.start({ ...system.env, ROLE, GATEWAY_REQUESTS_PER_SECOND: String(RATE) });

  beforeAll(async () => {
    system = await setup();
    sandbox = new Control(system.sandboxUrl);
    await sandbox.addFault({ kind: 'rate_limit', perSecond: LIMIT });
    const { url } = await start('api,relay');
    customer = new ApiClient(url, await system.token('alice'));
    operator = new ApiClient(url, await system.token('olga', { roles: ['operator'] }));
  }, 60_000);

  afterAll(async () => {
    await processes.end();
    await system.close();
  });

  const place = async () => (await createWithRetries([customer])).id;
  const queue = async () => (await operator.data(SystemStatusDocument, {})).systemStatus.queue;

  /** Of the requests, those that were answered 429. */
  async function refusedShare(): Promise<number> {
    const requests = Object.values(await sandbox.requests()).reduce((sum, count) => sum + count, 0);
    const [limit] = await sandbox.faults();
    return (limit?.struck ?? NaN) / requests;
  }

  test('charge every order with hardly a 429, show how long charges wait, and refund before them', async () => {
    const first = await place();
    const others = await Promise.all(Array.from({ length: ORDERS }, place));
    await waitFor('a full queue', async () => (await queue())?.waiting === 1 + ORDERS);
    expect((await queue())?.throttledSeconds).toBeNull();

    const workers = await Promise.all(Array.from({ length: WORKERS }, () => start('worker')));
    await untilConfirmed(system.sql, [first]);
    await waitFor('charges that wait for the rate', async () => ((await queue())?.throttledSeconds ?? 0) > 1);
    await customer.data(CancelOrderDocument, { input: { orderId: first } });
    await waitFor('the refund', async () => {
      const { order } = await customer.data(OrderDocument, { id: first });
      return order?.status === 'CANCELLED';
    });
    expect((await sandbox.order(first))?.refunds).toBe(1);
    expect((await queue())?.waiting).toBeGreaterThan(0);

    await untilConfirmed(system.sql, others, 60_000);
    expect(await refusedShare()).toBeLessThan(MAX_REFUSED_SHARE);
    expect((await queue())?.throttledSeconds).toBeNull();
    for (const { url } of workers) expect(await throttledSeconds(url)).toBeGreaterThan(0);
  }, 90_000);
});

/** Seconds for which the worker took no charges. */
async function throttledSeconds(url: string): Promise<number> {
  const page = await (await fetch(`${url}/metrics`)).text();
  return Number(/^gateway_throttled_seconds_total\{queue="payments"\} (\S+)$/m.exec(page)?.[1] ?? NaN);
}
