import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Redis } from 'ioredis';
import type { RunningApplication } from '../../src/application.js';
import { OrderQueries } from '../../src/orders/order-queries.js';
import type { OrderTransition } from '../../src/orders/transition.js';
import { ApiClient, type Watch } from '../support/api-client.js';
import { OrderDocument } from '../support/documents.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';
import { create, move } from '../api/orders-support.js';

const versions = ({ events }: Watch) => events.map(({ version }) => version);

async function untilVersions(watch: Watch, expected: readonly number[]): Promise<void> {
  await waitFor(`version ${expected.at(-1) ?? 0}`, () => watch.events.length >= expected.length);
  expect(versions(watch)).toEqual(expected);
}

describe('orderEvents', () => {
  let system: TestSystem;
  let running: RunningApplication;
  let alice: ApiClient;

  beforeAll(async () => {
    system = await setup({ ROLE: 'api' });
    running = await system.start();
    alice = new ApiClient(running.url, await system.token('alice'));
  });

  afterAll(async () => {
    await alice.close();
    await system.close();
  });

  /** A new order, moved through the given steps. */
  async function order(...steps: OrderTransition['type'][]) {
    const created = (await create(alice)).order;
    let state: OrderTransition['from'] = created;
    for (const step of steps) state = await move(running, created.id, step, state);
    return { id: created.id, state };
  }

  test('sends all events with afterVersion 0, then new ones as they happen', async () => {
    const { id, state } = await order('PAYMENT_STARTED');
    const watch = alice.watch(id, 0);
    await untilVersions(watch, [1, 2]);
    const next = await move(running, id, 'PAYMENT_ATTEMPT_FAILED', state);
    await untilVersions(watch, [1, 2, 3]);
    await move(running, id, 'PAYMENT_SUCCEEDED', next);
    await untilVersions(watch, [1, 2, 3, 4]);
    expect(watch.ended).toBeUndefined();
    const stored = (await alice.data(OrderDocument, { id })).order;
    expect(watch.events).toMatchObject(stored?.events ?? []);
    expect(watch.events).toHaveLength(stored?.events.length ?? 0);
    // Each event shows the order as it was when the event was sent, or newer.
    for (const event of watch.events) {
      expect(event.order.id).toBe(id);
      expect(event.order.version).toBeGreaterThanOrEqual(event.version);
    }
    watch.stop();
  });

  test('starts with the newest event where afterVersion is left out', async () => {
    const { id, state } = await order('PAYMENT_STARTED', 'PAYMENT_ATTEMPT_FAILED');
    const watch = alice.watch(id);
    await untilVersions(watch, [3]);
    await move(running, id, 'PAYMENT_SUCCEEDED', state);
    await untilVersions(watch, [3, 4]);
    watch.stop();
  });

  test('starts after the given version', async () => {
    const { id, state } = await order('PAYMENT_STARTED', 'PAYMENT_ATTEMPT_FAILED');
    const behind = alice.watch(id, 1);
    const level = alice.watch(id, 3);
    await untilVersions(behind, [2, 3]);
    await move(running, id, 'PAYMENT_ATTEMPT_FAILED', state);
    await untilVersions(behind, [2, 3, 4]);
    await untilVersions(level, [4]);
    behind.stop();
    level.stop();
  });

  test('completes after the final event, whether that is new or old', async () => {
    const { id, state } = await order('DEAD_LETTERED');
    const live = alice.watch(id, 0);
    await untilVersions(live, [1, 2]);
    await move(running, id, 'ORDER_CANCELLED', state);
    expect(await live.untilEnded()).toEqual({});
    expect(versions(live)).toEqual([1, 2, 3]);
    for (const [afterVersion, expected] of [
      [0, [1, 2, 3]],
      [2, [3]],
      [undefined, [3]],
      [3, []],
      [100, []],
    ] as const) {
      const late = alice.watch(id, afterVersion);
      expect(await late.untilEnded()).toEqual({});
      expect(versions(late)).toEqual(expected);
    }
  });

  test('sends a history of 350 events, longer than one read', async () => {
    const { id } = await order('PAYMENT_STARTED');
    await system.sql.query(
      `WITH moved AS (UPDATE orders SET version = 350 WHERE id = $1)
       INSERT INTO order_events (order_id, version, type, status, previous_status)
       SELECT $1, v, 'PAYMENT_ATTEMPT_FAILED', 'PAYMENT_PROCESSING', 'PAYMENT_PROCESSING'
       FROM generate_series(3, 350) AS v`,
      [id],
    );
    const watch = alice.watch(id, 0);
    await untilVersions(
      watch,
      Array.from({ length: 350 }, (_, index) => index + 1),
    );
    watch.stop();
  });

  test('sends every subscriber of one order every event once, in order', async () => {
    const { id, state } = await order('PAYMENT_STARTED');
    const token = await system.token('alice');
    const clients = Array.from({ length: 8 }, () => new ApiClient(running.url, token));
    const watches = clients.flatMap((client) => Array.from({ length: 10 }, () => client.watch(id, 0)));
    await waitFor('some subscribers', () => watches.some(({ events }) => events.length > 0));
    // Some are still subscribing while events happen.
    let now = state;
    for (let count = 0; count < 9; count += 1) now = await move(running, id, 'PAYMENT_ATTEMPT_FAILED', now);
    for (const watch of watches.slice(0, 10)) watch.stop();
    const cancelling = await move(running, id, 'CANCELLATION_REQUESTED', now);
    await move(running, id, 'ORDER_CANCELLED', cancelling);
    const rest = watches.slice(10);
    await Promise.all(rest.map((watch) => watch.untilEnded()));
    for (const watch of rest) {
      expect(watch.ended).toEqual({});
      expect(versions(watch)).toEqual(Array.from({ length: 13 }, (_, index) => index + 1));
    }
    await Promise.all(clients.map((client) => client.close()));
  });

  test('is no longer checked after its subscriber stops, disconnects or gets the final event', async () => {
    const checked = jest.spyOn(running.app.get(OrderQueries, { strict: false }), 'versions');
    const orders = [await order(), await order(), await order(), await order()];
    const [stays = '', stops = '', ends = '', closes = ''] = orders.map(({ id }) => id);
    const other = new ApiClient(running.url, await system.token('alice'));
    const watches = [stays, stops, ends].map((id) => alice.watch(id, 0));
    watches.push(other.watch(closes, 0), alice.watch(stays, 0));
    await waitFor('every subscriber', () => watches.every(({ events }) => events.length > 0));
    const lastChecked = () => checked.mock.calls.at(-1)?.[0].toSorted();
    await waitFor('a check of all four orders', () => lastChecked()?.length === 4);
    watches[1]?.stop();
    watches[4]?.stop();
    await other.close();
    await move(running, ends, 'ORDER_CANCELLED', { status: 'PENDING', version: 1 });
    await waitFor('a check of the remaining order', () => lastChecked()?.length === 1);
    expect(lastChecked()).toEqual([stays]);
    watches[0]?.stop();
    const { id: next } = await order();
    const watch = alice.watch(next, 0);
    await waitFor('a check of the next order alone', () => lastChecked()?.join() === next);
    watch.stop();
    checked.mockRestore();
  });

  test('sends events that another process wrote, without waiting for the slow check', async () => {
    const noCheck = { LIVE_CHECK_INTERVAL_MS: '2000000000' };
    const instances = [await system.start(noCheck), await system.start(noCheck)] as const;
    const redis = new Redis(system.env['REDIS_URL'] ?? '');
    const channel = `${system.env['REDIS_PREFIX'] ?? ''}:order-news`;
    // The shared API is subscribed, too.
    await waitFor('all APIs to be subscribed', async () => (await redis.pubsub('NUMSUB', channel))[1] === 3);
    redis.disconnect();
    const { id, state } = await order();
    const client = new ApiClient(instances[0].url, await system.token('alice'));
    const watch = client.watch(id, 0);
    await untilVersions(watch, [1]);
    const dead = await move(instances[1], id, 'DEAD_LETTERED', state);
    await untilVersions(watch, [1, 2]);
    await move(instances[1], id, 'ORDER_CANCELLED', dead);
    expect(await watch.untilEnded()).toEqual({});
    expect(versions(watch)).toEqual([1, 2, 3]);
    await client.close();
  });

  test('closes with 1001 when its process stops, and resumes at another after the last version', async () => {
    const first = await system.start();
    const second = await system.start();
    const token = await system.token('alice');
    const { id, state } = await order();
    const before = new ApiClient(first.url, token);
    const watch = before.watch(id, 0);
    await untilVersions(watch, [1]);
    await first.app.close();
    expect(await watch.untilEnded()).toMatchObject({ error: { code: 1001 } });
    await move(running, id, 'PAYMENT_STARTED', state);
    const after = new ApiClient(second.url, token);
    const resumed = after.watch(id, watch.events.at(-1)?.version);
    await untilVersions(resumed, [2]);
    await after.close();
  });
});
