import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { PurgeOutbox } from '../../src/recovery/purge-outbox.js';
import { PurgeWebhookEvents } from '../../src/recovery/purge-webhook-events.js';
import { RecoverOrders } from '../../src/recovery/recover-orders.js';
import type { Sweep } from '../../src/platform/sweep-schedule.js';
import { QuarantineMessages } from '../../src/recovery/quarantine-messages.js';
import { OrderSteps } from '../support/order-steps.js';
import { OwnRedis } from '../support/own-redis.js';
import { Processes } from '../support/processes.js';
import { waitFor } from '../support/wait-for.js';

/** So long that the schedule runs only once, at the start. */
const NEVER_MS = '600000';
const COUNT = 30;

describe('fault 31: recovery in several processes at once', () => {
  let steps: OrderSteps;
  let lost: string[];
  let poisoned: string[];
  const processes = new Processes();

  beforeEach(async () => {
    steps = await OrderSteps.open({ RECOVERY_STUCK_AFTER_MS: '60000', OUTBOX_RETENTION_MS: '3600000' });
  });

  afterEach(async () => {
    await processes.end();
    await steps.close();
  });

  /** Creates work for every sweep, and rows that must stay. */
  async function createWork(): Promise<void> {
    lost = [];
    poisoned = [];
    for (let order = 0; order < COUNT; order += 1) lost.push(await steps.placeOrder());
    for (let order = 0; order < COUNT; order += 1) poisoned.push(await steps.placeOrder());
    await steps.relay().runOnce();
    await steps.flushRedis();
    await steps.select(`UPDATE orders SET recover_after = now() - interval '1 second' WHERE id = ANY ($1)`, [
      lost,
    ]);
    await steps.select(
      `INSERT INTO outbox_messages (kind, order_id, created_at)
       SELECT 'UNKNOWN', unnest($1::uuid[]), now() - interval '2 minutes'`,
      [poisoned],
    );
    await steps.select(
      `INSERT INTO outbox_messages (kind, order_id, delivered_at)
       SELECT 'CHARGE_ORDER', $1, now() - make_interval(mins => minutes) FROM unnest($2::int[]) AS minutes`,
      [randomUUID(), [59, 61, 90]],
    );
    await steps.select(
      `INSERT INTO webhook_events (id, type, received_at)
       SELECT days::text, 'test', now() - make_interval(days => days) FROM unnest($1::int[]) AS days`,
      [[1, 30, 90]],
    );
  }

  async function expectSweptOnce(): Promise<void> {
    const messages = await steps.messages();
    for (const orderId of lost)
      expect(messages.filter((message) => message.orderId === orderId)).toHaveLength(2);
    expect(await steps.select(`SELECT FROM outbox_messages WHERE kind = 'UNKNOWN'`)).toHaveLength(0);
    const letters = await steps.select<{ orderId: string }>(
      `SELECT order_id::text AS "orderId" FROM dead_letters`,
    );
    expect(letters.map(({ orderId }) => orderId).toSorted()).toEqual(poisoned.toSorted());
    for (const orderId of poisoned)
      expect(await steps.history(orderId)).toEqual(['ORDER_CREATED', 'DEAD_LETTERED']);
    expect(await steps.select('SELECT id FROM webhook_events')).toEqual([{ id: '1' }]);
    // Two of each lost order, the first one of each poisoned order, and the one that is not old enough.
    expect(messages).toHaveLength(COUNT * 3 + 1);
  }

  test('two processes in turn have each effect once', async () => {
    await createWork();
    const env = { ...steps.system.env, ROLE: 'relay', RECOVERY_INTERVAL_MS: '100' };
    await Promise.all([processes.start(env), processes.start(env)]);
    await waitFor('the recovery of all', async () => (await steps.jobs()) === COUNT);
    await waitFor('the purge of webhook events', async () => {
      const rows = await steps.select(`SELECT FROM webhook_events`);
      return rows.length === 1;
    });
    await expectSweptOnce();
    const found = processes
      .log()
      .filter(({ msg }) => msg === 'an order was due and had no job; its work is queued again');
    expect(found.map(({ orderId }) => orderId as string).toSorted()).toEqual(lost.toSorted());
  });

  test.each<[string, new (...parameters: never[]) => Sweep]>([
    ['RecoverOrders', RecoverOrders],
    ['SetAsidePoison', QuarantineMessages],
    ['PurgeOutbox', PurgeOutbox],
    ['PurgeWebhookEvents', PurgeWebhookEvents],
  ])('two applications without the lock have each effect once (%s first)', async (_, first) => {
    const settings = { ROLE: 'relay', RECOVERY_INTERVAL_MS: NEVER_MS };
    const running = [await steps.system.start(settings), await steps.system.start(settings)];
    await createWork();
    for (const sweep of [first, RecoverOrders, QuarantineMessages, PurgeOutbox, PurgeWebhookEvents])
      await Promise.all(running.map(({ app }) => app.get<Sweep>(sweep).runOnce()));
    await expectSweptOnce();
  });
});

describe('a failing sweep of recovery', () => {
  test('does not keep the other sweeps from running', async () => {
    const redis = await OwnRedis.start();
    const steps = await OrderSteps.open({ REDIS_URL: redis.url, RECOVERY_STUCK_AFTER_MS: '100' });
    const clients = await redis.clients();
    try {
      const orderId = await steps.placeOrder();
      await steps.select(`UPDATE orders SET recover_after = now() - interval '1 second'`);
      const [before] = await steps.select('SELECT recover_after FROM orders');
      await steps.select(
        `INSERT INTO outbox_messages (kind, order_id, created_at) VALUES ('UNKNOWN', $1, now() - interval '1 day')`,
        [randomUUID()],
      );
      await redis.stop();
      await steps.system.start({
        ROLE: 'relay',
        RECOVERY_INTERVAL_MS: '100',
        REDIS_COMMAND_TIMEOUT_MS: '200',
      });
      await waitFor('the next sweep', async () => {
        const rows = await steps.select(`SELECT FROM outbox_messages WHERE kind = 'UNKNOWN'`);
        return rows.length === 0;
      });
      // Without an answer about its job, the order is unchanged: it is still due when Redis is back.
      expect((await steps.select('SELECT recover_after FROM orders'))[0]).toEqual(before);
      await redis.startAgain();
      await waitFor('its job', async () => (await steps.jobs()) === 1);
      expect(await steps.status(orderId)).toBe('PENDING');
    } finally {
      await redis.startAgain();
      await waitFor('all connections', async () => (await redis.clients()) >= clients);
      await steps.close();
      await redis.end();
    }
  });
});
