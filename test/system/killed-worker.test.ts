import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { captures, ordersWithHoles, untilConfirmed } from '../support/placed-orders.js';
import type { SystemProcess } from '../support/system-process.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { waitFor } from '../support/wait-for.js';
import { WorkerDrill } from '../support/worker-drill.js';

const KILLED = { code: null, signal: 'SIGKILL' };
const CHARGED = {
  status: 'CONFIRMED',
  history: ['ORDER_CREATED', 'PAYMENT_STARTED', 'PAYMENT_SUCCEEDED'],
  captures: 1,
  captured: 1_980,
  refunds: 0,
  refunded: 0,
};

describe('fault 19: kill -9 of a worker', () => {
  let drill: WorkerDrill;

  beforeEach(async () => {
    drill = await WorkerDrill.open();
  });

  afterEach(async () => {
    await drill.close();
  });

  /** Another worker takes the order up, and ends it. */
  async function expectTakenUp(orderId: string): Promise<void> {
    await drill.worker();
    await drill.untilStatus(orderId, 'CONFIRMED');
    await drill.untilQueueIsEmpty();
    expect(await drill.effects(orderId)).toEqual(CHARGED);
    expect(drill.takenUp()).toEqual(new Set([`charge-order-${orderId}`]));
  }

  test('before the charge: its request to confirm never arrives', async () => {
    const worker = await drill.doomedWorker();
    const hold = drill.proxy.hold(/^POST .*\/confirm$/, 'request');
    const orderId = await drill.queuedOrder();
    await hold.reached;
    expect(await worker.stop('SIGKILL')).toEqual(KILLED);
    hold.drop();
    expect(await drill.effects(orderId)).toMatchObject({ status: 'PAYMENT_PROCESSING', captures: 0 });
    await expectTakenUp(orderId);
  }, 60_000);

  test('before the charge: its request to confirm arrives when the order is long paid', async () => {
    const worker = await drill.doomedWorker();
    const hold = drill.proxy.hold(/^POST .*\/confirm$/, 'request');
    const orderId = await drill.queuedOrder();
    await hold.reached;
    expect(await worker.stop('SIGKILL')).toEqual(KILLED);
    await expectTakenUp(orderId);
    const sent = drill.proxy.requests;
    hold.release();
    await waitFor('the late request', () => drill.proxy.requests > sent && drill.proxy.inFlight === 0);
    expect(await drill.effects(orderId)).toEqual(CHARGED);
  }, 60_000);

  test('after the charge, before the database knows', async () => {
    const worker = await drill.doomedWorker();
    const hold = drill.proxy.hold(/^POST .*\/confirm$/, 'answer');
    const orderId = await drill.queuedOrder();
    await hold.reached;
    expect(await worker.stop('SIGKILL')).toEqual(KILLED);
    expect(await drill.effects(orderId)).toMatchObject({ status: 'PAYMENT_PROCESSING', captures: 1 });
    await expectTakenUp(orderId);
  }, 60_000);

  test("after the database knows, before the job's end", async () => {
    const { REDIS_URL = '' } = drill.steps.system.env;
    const redis = await TcpProxy.start(REDIS_URL);
    try {
      const worker = await drill.doomedWorker({ REDIS_URL: redis.url });
      const hold = drill.proxy.hold(/^POST .*\/confirm$/, 'answer');
      const orderId = await drill.queuedOrder();
      await hold.reached;
      // From now on it can't tell Redis anything.
      redis.swallowAll();
      hold.release();
      await drill.untilStatus(orderId, 'CONFIRMED');
      expect(await drill.steps.jobs()).toBe(1);
      expect(await worker.stop('SIGKILL')).toEqual(KILLED);
      await expectTakenUp(orderId);
    } finally {
      await redis.end();
    }
  }, 60_000);

  test.each(['payment_intents.create', 'payment_intents.confirm'])(
    'in the middle of %s with ten orders: all of them are taken up, one capture each',
    async (endpoint) => {
      const { sandbox, system } = drill.steps;
      const worker = await drill.worker();
      await sandbox.addFault({ kind: 'latency', endpoint, latencyMs: 1_000 });
      const ids = await Promise.all(Array.from({ length: 10 }, () => drill.steps.placeOrder()));
      await drill.steps.relay().runOnce();
      await waitFor('charges under way', async () => (await sandbox.requests())[endpoint] === ids.length);
      expect(await worker.stop('SIGKILL')).toEqual(KILLED);
      await sandbox.clearFaults();
      await drill.worker();
      await untilConfirmed(system.sql, ids, 30_000);
      const ledger = await captures(system.sandboxUrl);
      expect([...ledger.values()]).toEqual(ids.map(() => 1));
      expect(await ordersWithHoles(system.sql)).toEqual([]);
    },
    60_000,
  );

  test('of two workers, one after the other, under load: all orders come to rest', async () => {
    const { sandbox, system } = drill.steps;
    await sandbox.addFault({ kind: 'latency', latencyMs: 200 });
    const relay = drill.processes.start({ ...system.env, ROLE: 'relay' });
    const workers: SystemProcess[] = await Promise.all([drill.worker(), drill.worker(), relay]);
    const ids: string[] = [];
    for (const doomed of workers.slice(0, 2)) {
      ids.push(...(await Promise.all(Array.from({ length: 20 }, () => drill.steps.placeOrder()))));
      await waitFor('charges', async () => [...(await captures(system.sandboxUrl)).values()].includes(1));
      expect(await doomed.stop('SIGKILL')).toEqual(KILLED);
      await drill.worker();
    }
    await untilConfirmed(system.sql, ids, 30_000);
    expect([...(await captures(system.sandboxUrl)).values()]).toEqual(ids.map(() => 1));
    expect(await ordersWithHoles(system.sql)).toEqual([]);
  }, 90_000);
});
