import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { create } from '../api/orders-support.js';
import { handmadeEvent, KNOWN, post, STORED } from '../webhooks/webhook-support.js';
import type { ApiClient } from '../support/api-client.js';
import {
  CancelOrderDocument,
  OrderByIdempotencyKeyDocument,
  OrdersDocument,
  ProductsDocument,
  UpsertProductDocument,
} from '../support/documents.js';
import {
  AuditLogDocument,
  DiscardDeadLetterDocument,
  RetryAllDeadLettersDocument,
  RetryDeadLetterDocument,
  SystemStatusDocument,
} from '../support/operator-documents.js';
import { commandsOutOfPlace, unusedVerbs } from '../support/privileges-used.js';
import type { SystemProcess } from '../support/system-process.js';
import { waitFor } from '../support/wait-for.js';
import { ClosedShop, QUEUE } from './closed-shop.js';
import { addOldRows, untilOldRowsAreGone } from './old-rows.js';
import { reconcileInside } from './reconciled-shop.js';

/** The tests run in order: first all that the system does, then which privileges that has used. */
describe('the system with the database role and Redis user of docs/operations.md', () => {
  let shop: ClosedShop;
  let api: SystemProcess;
  let worker: SystemProcess;
  let alice: ApiClient;
  let olga: ApiClient;
  let application: pg.Client;

  beforeAll(async () => {
    shop = await ClosedShop.open();
    [api, worker] = await Promise.all([shop.start('api'), shop.start('worker'), shop.start('relay')]);
    alice = await shop.client(api, 'alice');
    olga = await shop.client(api, 'olga', ['operator']);
    application = new pg.Client({ connectionString: shop.locked.applicationUrl });
    await application.connect();
  }, 90_000);

  afterAll(async () => {
    await application.end();
    await Promise.all([alice.close(), olga.close()]);
    await shop.close();
  }, 60_000);

  const pending = async () => (await create(alice)).order.id;

  test('is ready in every role', async () => {
    for (const { url } of shop.started) {
      await waitFor('ready', async () => (await fetch(`${url}/health/ready`)).status === 200);
      const ready = await fetch(`${url}/health/ready`);
      expect(await ready.json()).toEqual({ status: 'ready', database: 'up', redis: 'up', reasons: [] });
    }
  });

  test('handles products, an order and its replay, live events, a decline that is paid again, and lists', async () => {
    for (const amount of [700, 800]) {
      const input = { sku: 'tray', name: 'Tray', price: { amount, currency: 'EUR' }, active: true };
      await olga.data(UpsertProductDocument, { input });
    }
    const input = { idempotencyKey: 'again-and-again', items: [{ sku: 'tray', quantity: 1 }] };
    const { order } = await create(alice, input);
    expect(await create(alice, input)).toMatchObject({ replayed: true, order: { id: order.id } });
    const watch = alice.watch(order.id, 0);
    await watch.untilStatus('CONFIRMED');
    expect(watch.events.map(({ version }) => version)).toEqual([1, 2, 3]);
    watch.stop();
    await shop.payAgain(alice);
    expect(await alice.data(OrderByIdempotencyKeyDocument, input)).toMatchObject({
      orderByIdempotencyKey: { id: order.id, total: { amount: 800 } },
    });
    expect((await alice.data(OrdersDocument, { first: 10 })).orders.totalCount).toBe(2);
    expect((await alice.data(ProductsDocument, { first: 10 })).products.totalCount).toBeGreaterThan(1);
  });

  test('refunds a cancelled order by the second attempt', async () => {
    const id = await pending();
    await shop.untilStatus(alice, id, 'CONFIRMED');
    await shop.during({ kind: 'http_500', endpoint: 'refunds.create', count: 1 }, async () => {
      await alice.data(CancelOrderDocument, { input: { orderId: id } });
      await shop.untilStatus(alice, id, 'CANCELLED');
    });
    expect(await shop.sandbox.order(id)).toMatchObject({ captures: 1, refunds: 1 });
  });

  test('opens, retries, discards and retries all dead letters', async () => {
    const orders: string[] = [];
    const letters: string[] = [];
    await shop.during({ kind: 'http_500', endpoint: 'payment_intents.create' }, async () => {
      for (let count = 1; count <= 3; count += 1) orders.push(await pending());
      for (const id of orders) letters.push(await shop.untilDead(olga, id));
    });
    const [first = '', second = ''] = letters;
    await olga.data(RetryDeadLetterDocument, { id: first });
    expect(await olga.data(DiscardDeadLetterDocument, { id: second, reason: 'given up' })).toMatchObject({
      discardDeadLetter: { __typename: 'DeadLetterSuccess' },
    });
    expect(await olga.data(RetryAllDeadLettersDocument, {})).toEqual({ retryAllDeadLetters: 1 });
    for (const [index, status] of ['CONFIRMED', 'PAYMENT_FAILED', 'CONFIRMED'].entries())
      await shop.untilStatus(alice, orders[index] ?? '', status);
    const { auditLog } = await olga.data(AuditLogDocument, { first: 3 });
    expect(auditLog.edges.map(({ node }) => node.action)).toEqual([
      'retryAllDeadLetters',
      'discardDeadLetter',
      'retryDeadLetter',
    ]);
  });

  test('lists a payment discrepancy and returns its money', () =>
    expect(shop.refundOrphan(olga)).resolves.toMatchObject({ captures: 1, refunds: 1 }));

  test('settles a payment by webhook, makes the worker check by another, and only stores a third', async () => {
    let id = '';
    await shop.sandbox.addFault({ kind: 'http_500', endpoint: 'payment_intents.retrieve' });
    await shop.during({ kind: 'charged_then_reset', endpoint: 'payment_intents.confirm' }, async () => {
      id = await pending();
      await shop.untilDead(olga, id);
    });
    const paid = { amount: 1_980, amount_received: 1_980, currency: 'eur' };
    const intent = { object: 'payment_intent', id: await shop.paymentIntentId(id), ...paid };
    const succeeded = handmadeEvent('payment_intent.succeeded', intent);
    expect(await post(api.url, succeeded)).toEqual(STORED);
    expect(await post(api.url, succeeded)).toEqual(KNOWN);
    await shop.untilStatus(alice, id, 'CONFIRMED');
    await shop.during({ kind: 'http_429', endpoint: 'refunds.create' }, async () => {
      await alice.data(CancelOrderDocument, { input: { orderId: id } });
      const refund = { object: 'refund', id: 're_1', payment_intent: intent.id };
      expect(await post(api.url, handmadeEvent('refund.updated', refund))).toEqual(STORED);
    });
    await shop.untilStatus(alice, id, 'CANCELLED');
    expect(await post(api.url, handmadeEvent('customer.created', { id: 'cus_1' }))).toEqual(STORED);
  });

  test('lists a payment of no order by its webhook, closes it by the lists, and covers a gap', () =>
    reconcileInside(shop, api.url));

  test('recovers jobs lost in Redis, quarantines poison messages and purges old rows', async () => {
    await worker.stop();
    const [absent, leftOver, delayed] = [
      await shop.queued(alice),
      await shop.queued(alice),
      await shop.queued(alice),
    ];
    const admin = shop.locked.redis;
    for (const { job } of [absent, leftOver, delayed]) await admin.lrem(`${QUEUE}:wait`, 1, job);
    await admin.del(`${QUEUE}:${absent.job}`);
    await admin.zadd(`${QUEUE}:delayed`, Number.MAX_SAFE_INTEGER, delayed.job);
    await addOldRows(shop.locked.sql);
    await waitFor('the jobs to be back', async () => {
      const waiting = await admin.lrange(`${QUEUE}:wait`, 0, -1);
      return [absent, leftOver, delayed].every(({ job }) => waiting.includes(job));
    });
    worker = await shop.start('worker');
    for (const { id } of [absent, leftOver, delayed]) await shop.untilStatus(alice, id, 'CONFIRMED');
    await untilOldRowsAreGone(shop.locked.sql);
  }, 60_000);

  test('takes over the jobs of a killed worker', async () => {
    const slow = { kind: 'latency', endpoint: 'payment_intents.confirm', latencyMs: 3_000 };
    let id = '';
    await shop.during(slow, async () => {
      id = await pending();
      await shop.untilStatus(alice, id, 'PAYMENT_PROCESSING');
      await worker.stop('SIGKILL');
      worker = await shop.start('worker');
      await waitFor('its job to be reported as stalled', () => shop.processes.stalledJobs().length > 0);
    });
    await shop.untilStatus(alice, id, 'CONFIRMED');
  }, 60_000);

  test('fails where a privilege is missing, and continues when it is granted', async () => {
    await shop.locked.sql.query('REVOKE INSERT ON payments FROM orders_app');
    const id = await pending();
    const letter = await shop.untilDead(olga, id);
    expect(shop.processes.log().map(({ msg }) => msg)).toContain('payment job failed');
    await shop.locked.grant();
    await olga.data(RetryDeadLetterDocument, { id: letter });
    await shop.untilStatus(alice, id, 'CONFIRMED');
  });

  test("works after the next release's migration", async () => {
    await shop.locked.asOwner(
      'ALTER TABLE orders ADD COLUMN gift_note TEXT; CREATE TABLE gifts (id INTEGER)',
    );
    await shop.locked.grant();
    await shop.untilStatus(alice, await pending(), 'CONFIRMED');
    await expect(application.query('SELECT FROM gifts')).rejects.toMatchObject({ code: '42501' });
  });

  test('counts rate limits in Redis, not in each process', async () => {
    const [, keys] = await shop.locked.redis.scan(0, 'MATCH', '{orders}:rate:customer:*', 'COUNT', 10_000);
    expect(keys).toHaveLength(2);
  });

  test('reports everything as up, and Redis has refused no command', async () => {
    await waitFor('an empty queue and outbox', async () => {
      const { systemStatus } = await olga.data(SystemStatusDocument, {});
      const { outbox, queue } = systemStatus;
      return outbox?.pending === 0 && queue?.waiting === 0 && queue.active === 0 && systemStatus;
    });
    const { systemStatus } = await olga.data(SystemStatusDocument, {});
    expect(systemStatus).toMatchObject({
      database: 'UP',
      redis: 'UP',
      paymentGateway: 'UP',
      openDeadLetters: 0,
    });
    expect(await shop.locked.redis.call('ACL', 'LOG')).toEqual([]);
  });

  test('has used every privilege that is granted', async () => {
    for (const process of shop.started) await process.stop();
    const { locked } = shop;
    await waitFor('PostgreSQL to have counted all', async () => {
      // Nothing is updated there, but rows are locked before they are deleted.
      expect(await unusedVerbs(locked.sql, 'orders_app')).toEqual(['webhook_events UPDATE']);
      return true;
    });
    expect(await commandsOutOfPlace(locked.redis, 'orders')).toEqual({ missing: [], superfluous: [] });
  });
});
