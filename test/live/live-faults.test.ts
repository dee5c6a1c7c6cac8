import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import type pg from 'pg';
import type { RunningApplication } from '../../src/application.js';
import { OrderChangeNotifier } from '../../src/orders/order-change-notifier.js';
import { ApiClient, type Watch } from '../support/api-client.js';
import { OwnRedis } from '../support/own-redis.js';
import { RawSocket } from '../support/raw-socket.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';
import { create, move } from '../api/orders-support.js';

const versions = ({ events }: Watch) => events.map(({ version }) => version);
const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

const NEXT_EVENT = `
  WITH moved AS (UPDATE orders SET version = version + 1, status = 'PAYMENT_PROCESSING' WHERE id = $1 RETURNING version)
  INSERT INTO order_events (order_id, version, type, status, previous_status)
  SELECT $1, version, 'PAYMENT_ATTEMPT_FAILED', 'PAYMENT_PROCESSING', 'PAYMENT_PROCESSING' FROM moved`;

/** Writes an event by SQL, without a wake-up to any process. */
async function writeEvent(sql: pg.Pool | pg.PoolClient, orderId: string): Promise<void> {
  await sql.query(NEXT_EVENT, [orderId]);
}

/** Cuts database connections of the applications. @returns how many */
async function cutConnections(sql: pg.Pool, condition = 'true'): Promise<number> {
  const { rowCount } = await sql.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = 'orders' AND ${condition}`,
  );
  return rowCount ?? 0;
}

const ITEMS_WITH_EVENTS =
  'subscription ($id: ID!) { orderEvents(orderId: $id, afterVersion: 0) { version order { items { sku } } } }';
type ItemsWithEvents = { readonly data: { readonly orderEvents: { readonly version: number } } | null };

describe('a subscription', () => {
  let system: TestSystem;
  let redis: OwnRedis;
  let running: RunningApplication;
  let alice: ApiClient;

  beforeAll(async () => {
    redis = await OwnRedis.start();
    system = await setup({ ROLE: 'api', REDIS_URL: redis.url });
    running = await system.start();
    alice = new ApiClient(running.url, await system.token('alice'));
  });

  afterAll(async () => {
    await alice.close();
    await system.close();
    await redis.end();
  });

  const untilVersion = async (watch: Watch, version: number) =>
    watch.until(`version ${version}`, (event) => event.version === version);

  test('gets its events by the slow check while Redis is down, and continues when it is back', async () => {
    const { order } = await create(alice);
    const before = alice.watch(order.id, 0);
    await untilVersion(before, 1);
    await redis.stop();
    // A new subscriber, and a new order: neither needs Redis.
    const during = alice.watch(order.id, 0);
    const other = alice.watch((await create(alice)).order.id, 0);
    await untilVersion(during, 1);
    await untilVersion(other, 1);
    const processing = await move(running, order.id, 'PAYMENT_STARTED', order);
    for (const watch of [before, during]) await untilVersion(watch, 2);
    await redis.startAgain();
    const cancelling = await move(running, order.id, 'CANCELLATION_REQUESTED', processing);
    for (const watch of [before, during]) await untilVersion(watch, 3);
    await move(running, order.id, 'ORDER_CANCELLED', cancelling);
    for (const watch of [before, during]) {
      expect(await watch.untilEnded()).toEqual({});
      expect(versions(watch)).toEqual([1, 2, 3, 4]);
    }
    other.stop();
  });

  test('gets events without a wake-up (fault 33)', async () => {
    const { order } = await create(alice);
    const watch = alice.watch(order.id, 0);
    await untilVersion(watch, 1);
    for (let version = 2; version <= 4; version += 1) {
      await writeEvent(system.sql, order.id);
      await untilVersion(watch, version);
    }
    expect(versions(watch)).toEqual([1, 2, 3, 4]);
    watch.stop();
  });

  test('starts over where PostgreSQL has lost events that it was sent, and assigns their versions again', async () => {
    const { order } = await create(alice);
    // One from the start, one that has asked for no older event than the fourth.
    const watch = alice.watch(order.id, 0);
    const late = alice.watch(order.id, 3);
    for (let version = 2; version <= 4; version += 1) await writeEvent(system.sql, order.id);
    for (const each of [watch, late]) await untilVersion(each, 4);
    await system.sql.query(
      `WITH lost AS (DELETE FROM order_events WHERE order_id = $1 AND version > 1)
       UPDATE orders SET version = 1, status = 'PENDING' WHERE id = $1`,
      [order.id],
    );
    for (let version = 2; version <= 3; version += 1) await writeEvent(system.sql, order.id);
    await waitFor('the events of afterwards', async () => versions(late).at(-1) === 3);
    expect(versions(watch)).toEqual([1, 2, 3, 4, 1, 2, 3]);
    expect(versions(late)).toEqual([4, 1, 2, 3]);
    watch.stop();
    late.stop();
  });

  test('is not disturbed by a message that it does not understand', async () => {
    const { order } = await create(alice);
    const watch = alice.watch(order.id, 0);
    await untilVersion(watch, 1);
    const publisher = new Redis(redis.url);
    await publisher.publish(`${system.env['REDIS_PREFIX'] ?? ''}:order-news`, JSON.stringify([order.id]));
    await publisher.quit();
    await writeEvent(system.sql, order.id);
    await untilVersion(watch, 2);
    watch.stop();
  });

  test('survives cut database connections without missing an event', async () => {
    const watches = [];
    for (let count = 0; count < 10; count += 1) {
      const { order } = await create(alice);
      const watch = alice.watch(order.id, 0);
      await untilVersion(watch, 1);
      watches.push({ id: order.id, watch });
    }
    const rounds = 15;
    for (let round = 1; round <= rounds; round += 1) {
      // Sometimes while they are idle, sometimes while they read.
      if (round % 3 !== 0) await cutConnections(system.sql);
      await Promise.all(watches.map(({ id }) => writeEvent(system.sql, id)));
      for (const { id } of watches)
        running.app.get(OrderChangeNotifier, { strict: false }).publish(id, round + 1);
      if (round % 3 === 0) {
        await waitFor(
          'a read',
          async () => (await cutConnections(system.sql, `state = 'active'`)) > 0,
          500,
        ).catch(() => cutConnections(system.sql));
      }
      await Promise.all(watches.map(({ watch }) => untilVersion(watch, round + 1)));
    }
    for (const { watch } of watches) {
      expect(watch.ended).toBeUndefined();
      expect(versions(watch)).toEqual(upTo(rounds + 1));
      watch.stop();
    }
  });

  test('gets an event later whose order could not be read with it', async () => {
    const { order } = await create(alice);
    const socket = await RawSocket.connect(running.url, await system.token('alice'));
    socket.subscribe('1', ITEMS_WITH_EVENTS, { id: order.id });
    const seen = () =>
      socket.messages
        .filter(({ type }) => type === 'next')
        .map(({ payload }) => (payload as ItemsWithEvents).data?.orderEvents.version);
    const untilSeen = (...expected: number[]) =>
      waitFor(`the versions ${expected.join()}`, () => seen().join() === expected.join());
    await untilSeen(1);
    const locker = await system.sql.connect();
    try {
      // The event can be read, but not the items of its order.
      await locker.query('BEGIN');
      await locker.query('LOCK TABLE order_items IN ACCESS EXCLUSIVE MODE');
      await writeEvent(system.sql, order.id);
      await waitFor('the read of the items to be cut', async () => {
        running.app.get(OrderChangeNotifier, { strict: false }).publish(order.id, 2);
        return (
          (await cutConnections(system.sql, `wait_event_type = 'Lock' AND query LIKE '%order_items%'`)) > 0
        );
      });
      expect(seen()).toEqual([1]);
    } finally {
      await locker.query('ROLLBACK');
      locker.release();
    }
    await writeEvent(system.sql, order.id);
    await untilSeen(1, 2, 3);
    expect(socket.messages.filter(({ type }) => type === 'error' || type === 'complete')).toEqual([]);
    socket.terminate();
  });
});
