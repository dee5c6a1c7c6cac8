import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { createOrders } from '../../src/orders/create/create-orders.js';
import { Database } from '../../src/platform/database/database.js';
import { OrderSteps } from '../support/order-steps.js';
import { waitFor } from '../support/wait-for.js';

describe('the relay', () => {
  let steps: OrderSteps;

  beforeEach(async () => {
    steps = await OrderSteps.open();
  });

  afterEach(async () => {
    await steps.close();
  });

  async function delivered(): Promise<string[]> {
    const messages = await steps.messages();
    return messages.filter((message) => message.delivered).map(({ orderId }) => orderId);
  }

  test('delivers the oldest messages first, in bounded batches, each once', async () => {
    const orders: string[] = [];
    for (let order = 0; order < 5; order += 1) orders.push(await steps.placeOrder());
    const relay = steps.relay({ settings: { batchSize: 2 } });
    expect(await relay.runOnce()).toEqual({ delivered: 2 });
    expect(await delivered()).toEqual(orders.slice(0, 2));
    expect(await relay.runOnce()).toEqual({ delivered: 2 });
    expect(await delivered()).toEqual(orders.slice(0, 4));
    expect(await relay.runOnce()).toEqual({ delivered: 1 });
    expect(await relay.runOnce()).toEqual({ delivered: 0 });
    const jobs = await steps.queue.getWaiting();
    expect(jobs.map(({ data }) => data.orderId).toSorted()).toEqual(orders.toSorted());
  });

  test('leaves a message that another relay has claimed until its lease ends', async () => {
    await steps.placeOrder();
    await steps.select(`UPDATE outbox_messages SET leased_until = now() + interval '1 hour'`);
    expect(await steps.relay().runOnce()).toEqual({ delivered: 0 });
    await steps.select(`UPDATE outbox_messages SET leased_until = now() - interval '1 millisecond'`);
    expect(await steps.relay().runOnce()).toEqual({ delivered: 1 });
  });

  describe('fault 18: with another relay at once', () => {
    test('delivers 1,000 messages, each once and none lost', async () => {
      const orders = Array.from({ length: 1_000 }, () => ({
        customerId: 'alice',
        idempotencyKey: randomUUID(),
        items: [{ sku: 'cup-espresso', quantity: 1 }],
        paymentMethod: 'pm_card_visa',
        expectedTotal: null,
      }));
      await createOrders(steps.database, orders, { recoverAfterMs: 60_000, maxDeclinesPerHour: 30 });
      const added: string[] = [];
      const queue = steps.queueWith(async (jobs) => {
        added.push(...jobs.map(({ data }) => data.orderId));
        return steps.queue.addBulk(jobs);
      });
      const other = new Database(steps.config);
      try {
        const drain = async (database: Database): Promise<number> => {
          const relay = steps.relay({ database, queue, settings: { batchSize: 20 } });
          for (let total = 0; ;) {
            const run = await relay.runOnce();
            if (run.delivered === 0) return total;
            total += run.delivered;
          }
        };
        const shares = await Promise.all([drain(steps.database), drain(other)]);
        expect(shares[0] + shares[1]).toBe(1_000);
        // Both relays took part.
        expect(Math.min(...shares)).toBeGreaterThan(0);
      } finally {
        await other.$disconnect();
      }
      expect(new Set(added).size).toBe(1_000);
      expect(added).toHaveLength(1_000);
      expect(await steps.queue.getWaitingCount()).toBe(1_000);
      expect(await delivered()).toHaveLength(1_000);
    });
  });

  test('skips messages of an unknown kind and leaves them unchanged', async () => {
    const orderId = await steps.placeOrder();
    const unknown = `INSERT INTO outbox_messages (id, kind, order_id) VALUES ($1, 'FROM_A_NEWER_RELEASE', $2)`;
    // Older than the order's own message, and a whole batch of them.
    for (const id of [-2, -1, 0]) await steps.select(unknown, [id, orderId]);
    expect(await steps.relay({ settings: { batchSize: 3 } }).runOnce()).toEqual({ delivered: 1 });
    const messages = await steps.messages();
    expect(messages.map((message) => message.delivered)).toEqual([false, false, false, true]);
    expect(messages.map((message) => message.leased)).toEqual([false, false, false, true]);
    expect(await steps.jobs()).toBe(1);
  });

  test('delivers a repeated message again, and the order is charged once', async () => {
    const orderId = await steps.placeOrder();
    await steps.relay().runOnce();
    await steps.select('UPDATE outbox_messages SET delivered_at = NULL, leased_until = NULL');
    expect(await steps.relay().runOnce()).toEqual({ delivered: 1 });
    expect(await steps.jobs()).toBe(1);
    await steps.system.start({ ROLE: 'worker' });
    await waitFor('an empty queue', async () => (await steps.jobs()) === 0);
    await steps.select('UPDATE outbox_messages SET delivered_at = NULL, leased_until = NULL');
    expect(await steps.relay().runOnce()).toEqual({ delivered: 1 });
    await waitFor('an empty queue again', async () => (await steps.jobs()) === 0);
    expect(await steps.status(orderId)).toBe('CONFIRMED');
    expect(await steps.captures(orderId)).toBe(1);
    expect(await steps.history(orderId)).toHaveLength(3);
  });
});
