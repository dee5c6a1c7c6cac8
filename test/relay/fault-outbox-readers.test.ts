import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import type { Database } from '../../src/platform/database/database.js';
import { OrderSteps } from '../support/order-steps.js';
import { waitFor } from '../support/wait-for.js';

/** Settings of a relay that refreshes its id bounds before every claim. */
const ALWAYS_REFRESH = { pollIntervalMs: 0 };

let steps: OrderSteps;
let other: pg.Client;

beforeEach(async () => {
  steps = await OrderSteps.open();
  other = new pg.Client({ connectionString: steps.config.database.url });
  await other.connect();
});

afterEach(async () => {
  await other.end();
  await steps.close();
});

/** Begins a transaction that writes an order's message and stays open. */
async function beginSlowTransaction(): Promise<string> {
  const late = await steps.placeOrder();
  await steps.select('DELETE FROM outbox_messages');
  await other.query('BEGIN');
  await other.query('UPDATE orders SET updated_at = now() WHERE id = $1', [late]);
  await other.query(`INSERT INTO outbox_messages (kind, order_id) VALUES ('CHARGE_ORDER', $1)`, [late]);
  return late;
}

async function add(messages: number): Promise<void> {
  await steps.select(
    `INSERT INTO outbox_messages (kind, order_id)
     SELECT 'CHARGE_ORDER', gen_random_uuid() FROM generate_series(1, ${messages})`,
  );
}

async function delivered(): Promise<string[]> {
  const messages = await steps.messages();
  return messages.filter((message) => message.delivered).map(({ orderId }) => orderId);
}

test('a relay that has lost PostgreSQL also delivers what an older one writes under the same ids', async () => {
  let isAway = false;
  const database = new Proxy(steps.database, {
    get: (target, key) => {
      if (isAway) throw new Error('PostgreSQL is away');
      return Reflect.get(target, key) as unknown;
    },
  });
  const relay = steps.relay({
    database,
    settings: { pollIntervalMs: 1_000_000 },
    queue: steps.queueWith(async () => []),
  });
  const deliverAll = async (): Promise<number> => {
    const { delivered: count } = await relay.runOnce();
    return count === 0 ? 0 : count + (await deliverAll());
  };
  await add(6_000);
  expect(await deliverAll()).toBe(6_000);
  isAway = true;
  await expect(relay.runOnce()).rejects.toThrow('PostgreSQL is away');
  isAway = false;
  await steps.select('TRUNCATE outbox_messages RESTART IDENTITY');
  await add(6_100);
  expect(await deliverAll()).toBe(6_100);
});

describe('fault 12: a slow transaction holds an older outbox row while newer ones commit', () => {
  test('newer ones are delivered meanwhile, and the older one by the first run after its commit', async () => {
    const relay = steps.relay({ settings: ALWAYS_REFRESH });
    const late = await beginSlowTransaction();
    const newer: string[] = [];
    for (let order = 0; order < 10; order += 1) {
      newer.push(await steps.placeOrder());
      expect(await relay.runOnce()).toEqual({ delivered: 1 });
    }
    expect(await delivered()).toEqual(newer);
    await other.query('COMMIT');
    expect(await relay.runOnce()).toEqual({ delivered: 1 });
    expect(await delivered()).toEqual([late, ...newer]);
  });

  test('both are delivered within 2 s in the running system', async () => {
    await steps.system.start({ ROLE: 'relay', RELAY_POLL_INTERVAL_MS: '500' });
    const late = await beginSlowTransaction();
    const newer = [await steps.placeOrder(), await steps.placeOrder()];
    await waitFor('the newer ones', async () => (await delivered()).length === 2, 2_000);
    await other.query('COMMIT');
    await waitFor('the older one', async () => (await delivered()).length === 3, 2_000);
    expect(await delivered()).toEqual([late, ...newer]);
  });

  test('an older one by 6,000 ids is delivered after the next refresh of the id bounds, without delaying newer ones', async () => {
    const relay = steps.relay({ settings: { pollIntervalMs: 200 }, queue: steps.queueWith(async () => []) });
    await beginSlowTransaction();
    await steps.select(
      `INSERT INTO outbox_messages (kind, order_id) SELECT 'CHARGE_ORDER', gen_random_uuid() FROM generate_series(1, 6000)`,
    );
    while ((await relay.runOnce()).delivered > 0);
    await other.query('COMMIT');
    await waitFor('the older one', async () => (await relay.runOnce()).delivered === 1);
    expect((await steps.messages()).every((message) => message.delivered)).toBe(true);
  });

  test('ids that start again after a restore are delivered after one refresh of the id bounds', async () => {
    const relay = steps.relay({
      settings: { pollIntervalMs: 1_000 },
      queue: steps.queueWith(async () => []),
    });
    await add(6_000);
    while ((await relay.runOnce()).delivered > 0);
    await steps.select('TRUNCATE outbox_messages RESTART IDENTITY');
    await add(1);
    await waitFor('the refresh of the id bounds', async () => (await relay.runOnce()).delivered === 1);
    await add(1);
    expect(await relay.runOnce()).toEqual({ delivered: 1 });
  });

  test('an older one that is rolled back leaves a gap that delays nothing', async () => {
    const relay = steps.relay({ settings: ALWAYS_REFRESH });
    await beginSlowTransaction();
    await other.query('ROLLBACK');
    for (let order = 0; order < 10; order += 1) {
      await steps.placeOrder();
      expect(await relay.runOnce()).toEqual({ delivered: 1 });
    }
  });
});

describe('fault 13: a long reader holds back vacuum', () => {
  let claim: { readonly strings: readonly string[]; readonly values: readonly unknown[] } | undefined;

  /** The database, recording the last claim for pagesOfClaim(). */
  function recordingDatabase(): Database {
    return new Proxy(steps.database, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (name !== '$queryRaw') return value;
        return (strings: TemplateStringsArray, ...values: unknown[]) => {
          if (strings[0]?.includes('claim-messages') === true) claim = { strings, values };
          return target.$queryRaw(strings, ...values);
        };
      },
    });
  }

  /** How many pages the last claim reads. It runs the claim, so no message may be waiting. */
  async function pagesOfClaim(): Promise<number> {
    if (claim === undefined) throw new Error('no claim was recorded');
    const text = claim.strings.reduce((before, after, index) => `${before}$${index}${after}`);
    const rows = await steps.select<{ 'QUERY PLAN': { Plan: Record<string, number> }[] }>(
      `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`,
      claim.values.map((value) => (typeof value === 'bigint' ? String(value) : value)),
    );
    const plan = rows[0]?.['QUERY PLAN'][0]?.Plan;
    return (plan?.['Shared Hit Blocks'] ?? NaN) + (plan?.['Shared Read Blocks'] ?? NaN);
  }

  test('a claim reads no more pages after 20,000 messages than at the start', async () => {
    await other.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await other.query('SELECT count(*) FROM outbox_messages');
    const queue = steps.queueWith(async () => []);
    const relay = steps.relay({ database: recordingDatabase(), queue, settings: ALWAYS_REFRESH });
    const deliverBatch = async () => {
      await steps.select(
        `INSERT INTO outbox_messages (kind, order_id) SELECT 'CHARGE_ORDER', gen_random_uuid() FROM generate_series(1, 500)`,
      );
      expect(await relay.runOnce()).toEqual({ delivered: 500 });
    };
    await deliverBatch();
    const before = await pagesOfClaim();
    for (let batch = 0; batch < 40; batch += 1) await deliverBatch();
    // The lower id bound rises within a few refreshes, once transactions in other databases have ended, too.
    await waitFor('a claim that reads no more', async () => {
      expect(await relay.runOnce()).toEqual({ delivered: 0 });
      return (await pagesOfClaim()) <= before + 10;
    });
    await other.query('COMMIT');
  });

  test('a claim does not read more and more pages between two refreshes of the id bounds during a long write', async () => {
    await other.query('BEGIN');
    await other.query('SELECT pg_current_xact_id()');
    const queue = steps.queueWith(async () => []);
    const relay = steps.relay({ database: recordingDatabase(), queue, settings: { pollIntervalMs: 60_000 } });
    const deliverBatches = async (count: number) => {
      for (let batch = 0; batch < count; batch += 1) {
        await steps.select(
          `INSERT INTO outbox_messages (kind, order_id) SELECT 'CHARGE_ORDER', gen_random_uuid() FROM generate_series(1, 500)`,
        );
        expect(await relay.runOnce()).toEqual({ delivered: 500 });
      }
      await relay.runOnce();
    };
    await deliverBatches(15);
    const before = await pagesOfClaim();
    await deliverBatches(30);
    expect(await pagesOfClaim()).toBeLessThanOrEqual(before * 1.2);
    await other.query('COMMIT');
  });
});
