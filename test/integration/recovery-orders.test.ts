import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { OutboxNews } from '../../src/outbox/outbox-news.js';
import { Database } from '../../src/platform/database.js';
import { RecoverOrders } from '../../src/recovery/recover-orders.js';
import { OrderSteps } from '../support/order-steps.js';
import { Processes } from '../support/processes.js';
import { waitFor } from '../support/wait-for.js';

describe('recovery', () => {
  let steps: OrderSteps;
  const processes = new Processes();

  beforeEach(async () => {
    steps = await OrderSteps.open({ RECOVERY_STUCK_AFTER_MS: '60000' });
  });

  afterEach(async () => {
    await processes.end();
    await steps.close();
  });

  function recoverOrders(database = steps.database): RecoverOrders {
    return new RecoverOrders(database, steps.app.get(OutboxNews, { strict: false }), steps.config);
  }

  /** As if the orders' time had passed. */
  async function due(): Promise<void> {
    await steps.select(
      `UPDATE orders SET recover_after = now() - interval '1 second' WHERE recover_after IS NOT NULL`,
    );
  }

  async function placeOrders(count: number): Promise<string[]> {
    return Promise.all(Array.from({ length: count }, () => steps.placeOrder()));
  }

  async function messagesOf(orderId: string): Promise<number> {
    return (await steps.messages()).filter((message) => message.orderId === orderId).length;
  }

  test('puts an order whose job vanished from Redis back on its way', async () => {
    const [pending = '', processing = ''] = await placeOrders(2);
    const from = { status: 'PENDING', version: 1 } as const;
    await steps.transitions.apply({ orderId: processing, type: 'PAYMENT_STARTED', from });
    expect(await steps.relay().runOnce()).toEqual({ delivered: 2 });
    await steps.flushRedis();
    await due();
    expect(await recoverOrders().runOnce()).toEqual({ recovered: 2 });
    await steps.system.start({ ROLE: 'relay,worker' });
    for (const orderId of [pending, processing]) {
      await waitFor('CONFIRMED', async () => (await steps.status(orderId)) === 'CONFIRMED');
      expect(await steps.history(orderId)).toHaveLength(3);
      expect(await steps.captures(orderId)).toBe(1);
    }
  });

  test('brings every order to rest after Redis lost all keys in the middle of the work', async () => {
    await steps.sandbox.addFault({ kind: 'outage' });
    await steps.system.start({
      ROLE: 'relay,worker',
      RECOVERY_INTERVAL_MS: '100',
      RECOVERY_STUCK_AFTER_MS: '1000',
      WORKER_LOCK_MS: '1000',
      WORKER_STALLED_CHECK_INTERVAL_MS: '500',
    });
    const orders = await placeOrders(10);
    for (const orderId of orders)
      await waitFor('a failed attempt', async () => (await steps.history(orderId)).length > 2);
    await steps.flushRedis();
    await steps.sandbox.clearFaults();
    for (const orderId of orders) {
      await waitFor('CONFIRMED', async () => (await steps.status(orderId)) === 'CONFIRMED', 25_000);
      expect((await steps.history(orderId)).at(-1)).toBe('PAYMENT_SUCCEEDED');
      expect(await steps.captures(orderId)).toBe(1);
    }
  });

  test('by two sweeps at once finds each order once', async () => {
    const orders = await placeOrders(40);
    await steps.relay().runOnce();
    await due();
    const other = new Database(steps.config);
    try {
      const runs = await Promise.all([recoverOrders().runOnce(), recoverOrders(other).runOnce()]);
      expect(runs[0].recovered + runs[1].recovered).toBe(40);
    } finally {
      await other.$disconnect();
    }
    for (const orderId of orders) expect(await messagesOf(orderId)).toBe(2);
    expect(await recoverOrders().runOnce()).toEqual({ recovered: 0 });
  });

  test('takes the orders that have waited longest, a batch at a time', async () => {
    const orders = await placeOrders(3);
    await steps.relay().runOnce();
    await steps.select(
      `UPDATE orders SET recover_after = now() - array_position($1, id::text) * interval '1 minute'`,
      [orders],
    );
    const settings = { recovery: { ...steps.config.recovery, batchSize: 2 } };
    const news = steps.app.get(OutboxNews, { strict: false });
    const recovery = new RecoverOrders(steps.database, news, settings);
    expect(await recovery.runOnce()).toEqual({ recovered: 2 });
    const recovered = await steps.select<{ id: string }>('SELECT id FROM orders WHERE recover_after > now()');
    expect(recovered.map(({ id }) => id).toSorted()).toEqual(orders.slice(1).toSorted());
    expect(await recovery.runOnce()).toEqual({ recovered: 1 });
  });

  test('leaves orders at rest alone, and ones whose time has not come', async () => {
    const confirmed = await steps.placeOrder();
    const failed = await steps.placeOrder('pm_card_chargeDeclined');
    for (const orderId of [confirmed, failed]) await steps.chargeToEnd(orderId);
    await due();
    const fresh = await steps.placeOrder();
    await steps.relay().runOnce();
    const before = await steps.select('SELECT * FROM orders ORDER BY id');
    expect(await recoverOrders().runOnce()).toEqual({ recovered: 0 });
    expect(await steps.select('SELECT * FROM orders ORDER BY id')).toEqual(before);
    for (const orderId of [confirmed, failed, fresh]) expect(await messagesOf(orderId)).toBe(1);
  });

  test('adds no second job while the first one waits', async () => {
    const orderId = await steps.placeOrder();
    for (let sweep = 0; sweep < 5; sweep += 1) {
      await steps.relay().runOnce();
      await due();
      expect(await recoverOrders().runOnce()).toEqual({ recovered: 1 });
    }
    await steps.relay().runOnce();
    expect(await steps.jobs()).toBe(1);
    expect((await steps.messages()).every(({ delivered }) => delivered)).toBe(true);
    expect(await messagesOf(orderId)).toBe(6);
  });

  test('adds no second message while the first one waits in the outbox', async () => {
    const orderId = await steps.placeOrder();
    for (let sweep = 0; sweep < 5; sweep += 1) {
      await due();
      await recoverOrders().runOnce();
    }
    expect(await messagesOf(orderId)).toBe(1);
  });

  test('by two processes at once finds each order once', async () => {
    const orders = await placeOrders(30);
    await steps.relay().runOnce();
    await steps.flushRedis();
    await due();
    const env = { ...steps.system.env, ROLE: 'relay', RECOVERY_INTERVAL_MS: '100' };
    await Promise.all([processes.start(env), processes.start(env)]);
    await waitFor('the recovery of all', async () => (await steps.jobs()) === 30);
    for (const orderId of orders) expect(await messagesOf(orderId)).toBe(2);
    const found = processes.log().filter(({ msg }) => msg === 'order was stuck; its work is queued again');
    expect(found.map(({ orderId }) => orderId as string).toSorted()).toEqual(orders.toSorted());
  });
});
