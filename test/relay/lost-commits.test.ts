import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { HistoryMemory } from '../../src/payments/rewind/history-memory.js';
import { GatewayUnavailableError } from '../../src/payments/payment-gateway.js';
import { RewindCheck } from '../../src/payments/rewind/rewind-check.js';
import { RewindGuard } from '../../src/payments/rewind/rewind-guard.js';
import type { OrderSteps } from '../support/order-steps.js';
import { RestorableSteps } from '../support/restorable-steps.js';
import { SecondWorker } from '../support/second-worker.js';
import { waitFor } from '../support/wait-for.js';

interface Gap {
  readonly reason: string;
  readonly coversMs: number;
}

describe('fault 40: PostgreSQL has lost its newest commits', () => {
  let system: RestorableSteps;
  let steps: OrderSteps;

  beforeEach(async () => {
    system = await RestorableSteps.open();
    steps = system.steps;
  });

  afterEach(() => system.close());

  async function gap(): Promise<Gap | undefined> {
    const rows = await steps.select<Gap>(
      `SELECT gap_reason AS reason, extract(epoch FROM now() - gap_from)::float8 * 1000 AS "coversMs"
       FROM database_marker WHERE gap_from IS NOT NULL AND gap_found_at IS NOT NULL`,
    );
    return rows[0];
  }

  test('is not suspected of a new database, nor while its history only goes on', async () => {
    const [one, other] = [steps.rewindCheck(), steps.rewindCheck()];
    for (const check of [one, other, one, other, steps.rewindCheck()])
      expect(await check.runOnce()).toMatchObject({ gaps: 0 });
    expect(await gap()).toBeUndefined();
  });

  test('is not suspected while several processes write beats at the same time', async () => {
    const checks = Array.from({ length: 4 }, () => steps.rewindCheck());
    const beats = checks.map(async (check) => {
      for (let beat = 0; beat < 25; beat += 1) expect(await check.runOnce()).toMatchObject({ gaps: 0 });
    });
    await Promise.all(beats);
    expect(await gap()).toBeUndefined();
  });

  test('is noticed by a process that runs, by what it has seen', async () => {
    const check = steps.rewindCheck();
    await check.runOnce();
    await system.takeCopy();
    await check.runOnce();
    await steps.flushRedis();
    await system.setBack();
    expect(await check.runOnce()).toMatchObject({ gaps: 1 });
    expect((await gap())?.reason).toMatch(/^its newest beat is \d+, and \d+ was seen before$/);
  });

  test('is noticed by a process that starts, by what Redis remembers, and only once', async () => {
    await steps.rewindCheck().runOnce();
    await system.takeCopy();
    await steps.rewindCheck().runOnce();
    await system.setBack();
    expect(await steps.rewindCheck().runOnce()).toMatchObject({ gaps: 1 });
    expect(await steps.rewindCheck().runOnce()).toMatchObject({ gaps: 0 });
    expect(await gap()).toBeDefined();
  });

  test('is noticed whatever has been written since, and the gap begins before the newest beat of the copy', async () => {
    await steps.rewindCheck().runOnce();
    await system.takeCopy();
    await steps.rewindCheck().runOnce();
    await system.setBack();
    await Promise.all(Array.from({ length: 5 }, () => steps.placeOrder()));
    expect(await steps.rewindCheck().runOnce()).toMatchObject({ gaps: 1 });
    expect((await gap())?.coversMs).toBeGreaterThan(300_000);
  });

  test('is noticed without anything in Redis, by payments for orders that are not stored', async () => {
    await steps.rewindCheck().runOnce();
    await system.takeCopy();
    const lost = await steps.placeOrder();
    await steps.chargeToEnd(lost);
    await system.setBack();
    await steps.flushRedis();
    expect(await steps.rewindCheck().runOnce()).toMatchObject({ gaps: 1 });
    expect((await gap())?.reason).toBe(
      'Redis remembers nothing of it, and the payment gateway has payments for orders that it does not have',
    );
  });

  test('is not suspected where Redis has lost its data and the gateway knows no other orders', async () => {
    await steps.rewindCheck().runOnce();
    await steps.chargeToEnd(await steps.placeOrder());
    await steps.flushRedis();
    expect(await steps.rewindCheck().runOnce()).toMatchObject({ gaps: 0 });
  });

  test('is noticed by a worker, by an order that it reads from an older state, and no payment is made', async () => {
    const check = steps.rewindCheck();
    const waiting = await steps.placeOrder();
    await check.runOnce();
    await system.takeCopy();
    for (let beat = 0; beat < 3; beat += 1) await check.runOnce();
    const worker = new SecondWorker(steps);
    try {
      await worker.chargeAll([await steps.placeOrder()]);
      await system.setBack();
      await waitFor('PostgreSQL', () => worker.database.$queryRaw`SELECT 1`.then(() => true));
      const job = { name: 'charge-order', data: { orderId: waiting }, deaths: 0, lastTry: false };
      expect(await worker.jobs.handle(job)).toMatchObject({ kind: 'retry' });
    } finally {
      await worker.close();
    }
    expect((await gap())?.reason).toMatch(/^its newest beat is/);
    expect(await steps.sandbox.order(waiting)).toBeUndefined();
  });

  test('is not suspected by a worker that reads orders out of turn', async () => {
    const guard = steps.rewindGuard();
    const check = steps.rewindCheck();
    for (let beat = 0; beat < 3; beat += 1) await check.runOnce();
    for (const beat of [1, 3, 2, 3]) await guard.require({ id: 'order', beat, beatAgeMs: 0, gapAgeMs: null });
    expect(await gap()).toBeUndefined();
  });

  test('is noticed by a worker that has seen nothing of what was lost, and no payment is made', async () => {
    const check = steps.rewindCheck();
    const waiting = await steps.placeOrder();
    await check.runOnce();
    await system.takeCopy();
    await check.runOnce();
    await system.setBack();
    // As after a restore, which takes a while.
    await steps.select("UPDATE database_marker SET beat_at = beat_at - interval '1 minute'");
    expect(await steps.chargeOrder().run(waiting)).toMatchObject({ kind: 'retry' });
    expect((await gap())?.reason).toMatch(/^its newest beat is/);
    expect(await steps.sandbox.order(waiting)).toBeUndefined();
  });

  test('is noticed by a worker before it ends a refund with nothing owed, and the money is returned', async () => {
    const check = steps.rewindCheck();
    const orderId = await steps.placeOrder();
    const from = { status: 'PENDING', version: 1 } as const;
    await steps.transitions.apply({ orderId, type: 'PAYMENT_STARTED', from, actor: 'worker' });
    await check.runOnce();
    await system.takeCopy();
    await steps.chargeToEnd(orderId);
    await check.runOnce();
    await system.setBack();
    await steps.select("UPDATE database_marker SET beat_at = beat_at - interval '1 minute'");
    await steps.cancel(orderId);
    await steps.refundToEnd(orderId);
    expect(await steps.status(orderId)).toBe('CANCELLED');
    expect(await steps.sandbox.order(orderId)).toMatchObject({ captures: 1, refunds: 1 });
  });

  test('is noticed by a worker after the order was read, whoever has noticed it first', async () => {
    const guard = steps.rewindGuard();
    const asRead = { id: 'order', beat: 1, beatAgeMs: 60_000, gapAgeMs: null };
    const check = steps.rewindCheck();
    await check.runOnce();
    await guard.require(asRead);
    await system.takeCopy();
    await check.runOnce();
    await system.setBack();
    await check.runOnce();
    await expect(guard.require(asRead)).rejects.toThrow('PostgreSQL has lost commits');
    // Read again, it looks for earlier payments.
    await guard.require({ ...asRead, gapAgeMs: 0 });
  });

  test('makes a worker wait that can not compare the database, since Redis is away', async () => {
    const memory = steps.historyMemory;
    const away = Object.assign(Object.create(memory) as HistoryMemory, {
      read: () => Promise.reject(new Error('Redis is away')),
    });
    const guard = new RewindGuard(new RewindCheck(steps.database, away, steps.books), steps.config);
    const asRead = { id: 'order', beat: 1, beatAgeMs: 60_000, gapAgeMs: null };
    await expect(guard.require(asRead)).rejects.toThrow(GatewayUnavailableError);
  });

  test('is noticed by a process that runs while Redis is away, once, and no beat is written', async () => {
    const memory = steps.historyMemory;
    const read = { redis: memory.read.bind(memory) };
    const lateMemory = Object.assign(Object.create(memory) as HistoryMemory, { read: () => read.redis() });
    const check = new RewindCheck(steps.database, lateMemory, steps.books);
    await check.runOnce();
    await system.takeCopy();
    await check.runOnce();
    await system.setBack();
    read.redis = () => Promise.reject(new Error('Redis is away'));
    await expect(check.runOnce()).rejects.toThrow('Redis is away');
    expect((await gap())?.reason).toMatch(/^its newest beat is/);
    const noticed = await steps.select('SELECT beat, gap_found_at FROM database_marker');
    await expect(check.runOnce()).rejects.toThrow('Redis is away');
    expect(await steps.select('SELECT beat, gap_found_at FROM database_marker')).toEqual(noticed);
  });

  test('is shown by a job for an order that is not stored, which is kept as evidence', async () => {
    const lost = await steps.placeOrder();
    for (const table of ['outbox_messages', 'order_events', 'order_items'])
      await steps.select(`DELETE FROM ${table} WHERE order_id = $1`, [lost]);
    await steps.select('DELETE FROM orders WHERE id = $1', [lost]);
    for (let run = 0; run < 2; run += 1) await steps.chargeToEnd(lost);
    expect(await steps.select('SELECT order_id AS id, named_by AS by FROM missing_orders')).toEqual([
      { id: lost, by: 'job' },
    ]);
    expect((await gap())?.reason).toBe(`the queue has a job for the order ${lost}, which is not stored`);
  });

  test('is not suspected because of a job whose id is not one of this system', async () => {
    await steps.chargeToEnd(randomUUID());
    expect(await steps.select('SELECT FROM missing_orders')).toEqual([]);
    expect(await gap()).toBeUndefined();
  });
});
