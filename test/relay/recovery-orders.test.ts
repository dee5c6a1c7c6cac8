import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Config } from '../../src/config/config.js';
import { RelayWakeUp } from '../../src/outbox/relay-wake-up.js';
import { Database } from '../../src/platform/database/database.js';
import { RecoverOrders } from '../../src/recovery/recover-orders.js';
import { OrderSteps } from '../support/order-steps.js';
import { waitFor } from '../support/wait-for.js';

describe('recovery', () => {
  let steps: OrderSteps;

  beforeEach(async () => {
    steps = await OrderSteps.open({ RECOVERY_STUCK_AFTER_MS: '60000' });
  });

  afterEach(async () => {
    await steps.close();
  });

  function recoverOrders(
    database = steps.database,
    config: Pick<Config, 'recovery' | 'redis'> = steps.config,
  ): RecoverOrders {
    return new RecoverOrders(database, steps.queues(), steps.app.get(RelayWakeUp, { strict: false }), config);
  }

  /** Makes all orders due. */
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

  test('queues the work of orders again whose jobs vanished from Redis', async () => {
    const [pending = '', processing = ''] = await placeOrders(2);
    const from = { status: 'PENDING', version: 1 } as const;
    await steps.transitions.apply({ orderId: processing, type: 'PAYMENT_STARTED', from, actor: 'worker' });
    expect(await steps.relay().runOnce()).toEqual({ delivered: 2 });
    await steps.flushRedis();
    await due();
    expect(await recoverOrders().runOnce()).toEqual({ due: 2, requeued: 2 });
    await steps.system.start({ ROLE: 'relay,worker' });
    for (const orderId of [pending, processing]) {
      await waitFor('CONFIRMED', async () => (await steps.status(orderId)) === 'CONFIRMED');
      expect(await steps.history(orderId)).toHaveLength(3);
      expect(await steps.captures(orderId)).toBe(1);
    }
  });

  test("adds the refund's message for a cancelled order", async () => {
    const orderId = await steps.placeOrder();
    await steps.chargeToEnd(orderId);
    await steps.cancel(orderId);
    // The charge's message is delivered as well; its job changes nothing.
    expect(await steps.relay().runOnce()).toEqual({ delivered: 2 });
    await steps.refundQueue.remove(`refund-order-${orderId}`);
    await due();
    expect(await recoverOrders().runOnce()).toEqual({ due: 1, requeued: 1 });
    expect(await steps.select('SELECT kind FROM outbox_messages WHERE delivered_at IS NULL')).toEqual([
      { kind: 'REFUND_ORDER' },
    ]);
    await steps.system.start({ ROLE: 'relay,worker' });
    await waitFor('CANCELLED', async () => (await steps.status(orderId)) === 'CANCELLED');
  });

  test('brings every order to rest after Redis lost all keys while workers were charging', async () => {
    await steps.sandbox.addFault({ kind: 'outage' });
    await steps.system.start({
      ROLE: 'relay,worker',
      RECOVERY_INTERVAL_MS: '100',
      RECOVERY_STUCK_AFTER_MS: '1000',
      WORKER_LOCK_MS: '1000',
      WORKER_STALLED_CHECK_INTERVAL_MS: '500',
      PAYMENT_BREAKER_PAUSE_MS: '200',
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

  test('handles the orders that are due longest first, in bounded batches', async () => {
    const orders = await placeOrders(3);
    await steps.relay().runOnce();
    await steps.flushRedis();
    await steps.select(
      `UPDATE orders SET recover_after = now() - array_position($1, id::text) * interval '1 minute'`,
      [orders],
    );
    const settings = { ...steps.config, recovery: { ...steps.config.recovery, batchSize: 2 } };
    const recovery = recoverOrders(steps.database, settings);
    expect(await recovery.runOnce()).toEqual({ due: 2, requeued: 2 });
    const moved = await steps.select<{ id: string }>('SELECT id FROM orders WHERE recover_after > now()');
    expect(moved.map(({ id }) => id).toSorted()).toEqual(orders.slice(1).toSorted());
    expect(await recovery.runOnce()).toEqual({ due: 1, requeued: 1 });
    expect(await recovery.runOnce()).toEqual({ due: 0, requeued: 0 });
  });

  test('leaves orders alone that are at rest or not due', async () => {
    const confirmed = await steps.placeOrder();
    const failed = await steps.placeOrder('pm_card_chargeDeclined');
    for (const orderId of [confirmed, failed]) await steps.chargeToEnd(orderId);
    await due();
    const fresh = await steps.placeOrder();
    await steps.relay().runOnce();
    const before = await steps.select('SELECT * FROM orders ORDER BY id');
    expect(await recoverOrders().runOnce()).toEqual({ due: 0, requeued: 0 });
    expect(await steps.select('SELECT * FROM orders ORDER BY id')).toEqual(before);
    for (const orderId of [confirmed, failed, fresh]) expect(await messagesOf(orderId)).toBe(1);
  });

  test('adds no message while the job waits in the queue', async () => {
    const orderId = await steps.placeOrder();
    await steps.relay().runOnce();
    for (let sweep = 0; sweep < 5; sweep += 1) {
      await due();
      expect(await recoverOrders().runOnce()).toEqual({ due: 1, requeued: 0 });
    }
    expect(await recoverOrders().runOnce()).toEqual({ due: 0, requeued: 0 });
    expect(await steps.jobs()).toBe(1);
    expect(await messagesOf(orderId)).toBe(1);
  });

  test('adds no second message while the first waits in the outbox', async () => {
    const orderId = await steps.placeOrder();
    for (let sweep = 0; sweep < 5; sweep += 1) {
      await due();
      expect(await recoverOrders().runOnce()).toEqual({ due: 1, requeued: 0 });
    }
    expect(await messagesOf(orderId)).toBe(1);
  });

  test('leaves an order alone that changed between the read and the write', async () => {
    const orderId = await steps.placeOrder();
    await steps.relay().runOnce();
    await steps.flushRedis();
    await due();
    const moving = new Proxy(steps.database, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (name !== '$queryRaw') return value;
        return async (strings: TemplateStringsArray, ...values: unknown[]) => {
          const from = { status: 'PENDING', version: 1 } as const;
          if (strings[0]?.includes('recover-orders') === true)
            await steps.transitions.apply({ orderId, type: 'PAYMENT_STARTED', from, actor: 'worker' });
          return target.$queryRaw(strings, ...values);
        };
      },
    });
    expect(await recoverOrders(moving).runOnce()).toEqual({ due: 1, requeued: 0 });
    expect(await messagesOf(orderId)).toBe(1);
  });
});

describe('fault 31: recovery in several processes at once', () => {
  test('two sweeps at once queue the work of each order once', async () => {
    const steps = await OrderSteps.open({ RECOVERY_STUCK_AFTER_MS: '60000' });
    const other = new Database(steps.config);
    try {
      for (let order = 0; order < 40; order += 1) await steps.placeOrder();
      await steps.relay().runOnce();
      await steps.flushRedis();
      await steps.select(`UPDATE orders SET recover_after = now() - interval '1 second'`);
      const wakeUp = steps.app.get(RelayWakeUp, { strict: false });
      const sweeps = [steps.database, other].map(
        (database) => new RecoverOrders(database, steps.queues(), wakeUp, steps.config),
      );
      const runs = await Promise.all(sweeps.map((sweep) => sweep.runOnce()));
      expect(runs.reduce((sum, { requeued }) => sum + requeued, 0)).toBe(40);
      const messages = await steps.messages();
      expect(messages.filter(({ delivered }) => !delivered)).toHaveLength(40);
    } finally {
      await other.onApplicationShutdown();
      await steps.close();
    }
  });
});
