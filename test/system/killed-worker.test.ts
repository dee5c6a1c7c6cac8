import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { captures, ordersWithHoles, untilConfirmed } from '../support/placed-orders.js';
import type { HeldPart, Hold } from '../support/gateway-proxy.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { waitFor } from '../support/wait-for.js';
import { type Effects, WorkerDrill } from '../support/worker-drill.js';

const KILLED = { code: null, signal: 'SIGKILL' };
const CHARGED = {
  status: 'CONFIRMED',
  history: ['ORDER_CREATED', 'PAYMENT_STARTED', 'PAYMENT_SUCCEEDED'],
  captures: 1,
  captured: 1_980,
  refunds: 0,
  refunded: 0,
};

describe('fault 19: a worker killed by SIGKILL in a charge, whose job another worker takes over', () => {
  let drill: WorkerDrill;
  let redis: TcpProxy;
  let late: Hold;
  const orders = { lost: '', late: '', charged: '', stored: '' };
  let atDeath: Record<keyof typeof orders, Effects>;

  async function effects(): Promise<typeof atDeath> {
    const entries = Object.entries(orders).map(async ([moment, id]) => [moment, await drill.effects(id)]);
    return Object.fromEntries(await Promise.all(entries)) as typeof atDeath;
  }

  /** An order whose confirm, or the answer to it, is held. */
  async function held(part: HeldPart): Promise<{ id: string; hold: Hold }> {
    const hold = drill.proxy.hold(/^POST .*\/confirm$/, part);
    const id = await drill.queuedOrder();
    await hold.reached;
    return { id, hold };
  }

  beforeAll(async () => {
    drill = await WorkerDrill.open();
    redis = await TcpProxy.start(drill.steps.system.env['REDIS_URL'] ?? '');
    const worker = await drill.doomedWorker({ REDIS_URL: redis.url });
    const lost = await held('request');
    const delayed = await held('request');
    const charged = await held('answer');
    const stored = await held('answer');
    late = delayed.hold;
    Object.assign(orders, { lost: lost.id, late: delayed.id, charged: charged.id, stored: stored.id });
    // From now on the worker can't reach Redis.
    redis.swallowAll();
    stored.hold.release();
    await drill.untilStatus(stored.id, 'CONFIRMED');
    expect(await drill.steps.jobs()).toBe(4);
    expect(await worker.stop('SIGKILL')).toEqual(KILLED);
    lost.hold.drop();
    atDeath = await effects();
    // Another worker takes over and finishes the orders.
    await drill.worker();
    await drill.untilQueueIsEmpty();
  }, 60_000);

  afterAll(async () => {
    await drill.close();
    await redis.end();
  });

  async function expectTakenOver(orderId: string): Promise<void> {
    expect(await drill.effects(orderId)).toEqual(CHARGED);
    expect(drill.takenOver()).toContain(`charge-order-${orderId}`);
  }

  test('before the charge, with its confirm lost: one capture', async () => {
    expect(atDeath.lost).toMatchObject({ status: 'PAYMENT_PROCESSING', captures: 0 });
    await expectTakenOver(orders.lost);
  });

  test("before the charge, with its confirm arriving after the other worker's: one capture", async () => {
    expect(atDeath.late).toMatchObject({ status: 'PAYMENT_PROCESSING', captures: 0 });
    await expectTakenOver(orders.late);
    const sent = drill.proxy.requests;
    late.release();
    await waitFor('the late request', () => drill.proxy.requests > sent && drill.proxy.inFlight === 0);
    expect(await drill.effects(orders.late)).toEqual(CHARGED);
  });

  test('after the charge, before the outcome is stored: one capture', async () => {
    expect(atDeath.charged).toMatchObject({ status: 'PAYMENT_PROCESSING', captures: 1 });
    await expectTakenOver(orders.charged);
  });

  test('after the outcome is stored, before the end of the job: one capture', async () => {
    expect(atDeath.stored).toEqual(CHARGED);
    await expectTakenOver(orders.stored);
  });
});

describe('fault 19: workers killed by SIGKILL with many orders', () => {
  let drill: WorkerDrill;

  beforeEach(async () => {
    drill = await WorkerDrill.open();
  });

  afterEach(async () => {
    await drill.close();
  });

  async function placeTen(): Promise<string[]> {
    const ids = await Promise.all(Array.from({ length: 10 }, () => drill.steps.placeOrder()));
    await drill.steps.relay().runOnce();
    return ids;
  }

  async function expectAtRest(ids: readonly string[]): Promise<void> {
    const { system } = drill.steps;
    await untilConfirmed(system.sql, ids, 30_000);
    expect([...(await captures(system.sandboxUrl)).values()]).toEqual(ids.map(() => 1));
    expect(await ordersWithHoles(system.sql)).toEqual([]);
  }

  test('in payment_intents.create and .confirm with ten orders each: all are CONFIRMED with one capture', async () => {
    const { sandbox } = drill.steps;
    const worker = await drill.worker();
    const ids: string[] = [];
    for (const endpoint of ['payment_intents.confirm', 'payment_intents.create']) {
      const before = (await sandbox.requests())[endpoint] ?? 0;
      await sandbox.addFault({ kind: 'latency', endpoint, latencyMs: 2_000 });
      ids.push(...(await placeTen()));
      await waitFor(
        'charges under way',
        async () => ((await sandbox.requests())[endpoint] ?? 0) - before === 10,
      );
    }
    expect(await worker.stop('SIGKILL')).toEqual(KILLED);
    await sandbox.clearFaults();
    await drill.worker();
    await expectAtRest(ids);
  }, 60_000);

  test('one after the other under load: all orders are CONFIRMED with one capture', async () => {
    const { sandbox, system } = drill.steps;
    await sandbox.addFault({ kind: 'latency', latencyMs: 200 });
    const workers = await Promise.all([drill.worker(), drill.worker()]);
    const ids: string[] = [];
    for (const doomed of workers) {
      const charged = [...(await captures(system.sandboxUrl)).values()].filter((count) => count === 1).length;
      ids.push(...(await placeTen()), ...(await placeTen()));
      await waitFor(
        'charges',
        async () =>
          [...(await captures(system.sandboxUrl)).values()].filter((count) => count === 1).length > charged,
      );
      expect(await doomed.stop('SIGKILL')).toEqual(KILLED);
    }
    await drill.worker();
    await expectAtRest(ids);
  }, 90_000);
});
