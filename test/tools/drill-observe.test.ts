import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { HistoryEntry } from '../drills/evidence.js';
import { readDump } from '../drills/observe/dump.js';
import { readFinalAnswers } from '../drills/observe/final-answers.js';
import { readLedger, readWrongCharges } from '../drills/observe/ledger.js';
import { Monitor } from '../drills/observe/monitor.js';
import { readPrices } from '../drills/observe/prices.js';
import { untilAtRest } from '../drills/observe/rest.js';
import { OwnPostgres } from '../support/own-postgres.js';
import { waitFor } from '../support/wait-for.js';
import { Desk } from '../api/desk.js';
import { create } from '../api/orders-support.js';

const now = () => performance.now();
const anyText = expect.any(String) as unknown as string;
const NOBODY = 'http://127.0.0.1:9';

describe('the observers of the drills', () => {
  let desk: Desk;

  beforeEach(async () => {
    desk = await Desk.open();
  });

  afterEach(async () => {
    await desk.close();
  });

  /** The system as the drills observe it; the first URL never answers. */
  const observed = () => ({
    directApiUrls: [NOBODY, desk.api.url],
    token: (subject: string, roles: readonly string[] = []) =>
      desk.steps.system.token(subject, { roles: [...roles] }),
    control: async (method: string, path: string): Promise<unknown> =>
      (await fetch(`${desk.steps.system.sandboxUrl}/_sandbox/${path}`, { method })).json(),
    postgres: {
      url: desk.steps.system.env['DATABASE_URL'] ?? '',
      query: async <Row extends object>(text: string) => (await desk.steps.system.sql.query<Row>(text)).rows,
    },
  });

  const sql = (text: string, id: string) => desk.steps.system.sql.query(text, [id]);

  test('sample a healthy system, and find nothing broken', async () => {
    const monitor = new Monitor(observed(), now);
    monitor.start();
    await desk.confirmed();
    const id = await desk.pending();
    const [sample] = await waitFor('a sample with all figures', () => {
      const whole = monitor.samples.filter(
        (seen) => (seen.outboxPending ?? 0) > 0 && seen.queueDepth !== null && seen.openDeadLetters !== null,
      );
      return whole.length > 0 && whole;
    });
    expect(sample).toMatchObject({ queueDepth: 0, openDeadLetters: 0 });
    expect(sample?.oldestPendingMs).toBeGreaterThan(0);
    await desk.cancel(desk.alice, id);
    const { length } = monitor.samples;
    await waitFor('two more samples', () => monitor.samples.length >= length + 2);
    await monitor.stop();
    expect(monitor.glimpses).toEqual([]);
  });

  test('report each broken order once', async () => {
    const broken = {
      items: await desk.pending(),
      version: await desk.pending(),
      status: await desk.pending(),
      message: await desk.pending(),
      letter: await desk.pending(),
      event: await desk.pending(),
    };
    await sql('DELETE FROM order_items WHERE order_id = $1', broken.items);
    await sql('UPDATE orders SET version = 3 WHERE id = $1', broken.version);
    await sql(`UPDATE orders SET status = 'CANCELLED' WHERE id = $1`, broken.status);
    await sql('DELETE FROM outbox_messages WHERE order_id = $1', broken.message);
    await sql(
      `INSERT INTO dead_letters (order_id, task, attempts, error) VALUES ($1, 'CHARGE', 1, 'e')`,
      broken.letter,
    );
    await sql('UPDATE order_events SET version = 2 WHERE order_id = $1', broken.event);
    const monitor = new Monitor(observed(), now);
    monitor.start();
    await waitFor('all that is broken', () => monitor.glimpses.length >= 6);
    const { length } = monitor.samples;
    await waitFor('more samples', () => monitor.samples.length >= length + 2);
    await monitor.stop();
    const seen = monitor.glimpses.map(({ orderId, what }) => `${orderId} ${what}`).sort();
    expect(seen).toEqual(
      [
        `${broken.items} no items`,
        `${broken.version} version 3, and 1 events`,
        `${broken.status} CANCELLED, and its newest event says PENDING`,
        `${broken.message} no outbox message`,
        `${broken.letter} 1 dead letters, and 0 events DEAD_LETTERED`,
        `${broken.event} no event 1`,
      ].sort(),
    );
  });

  test('find the system at rest when no order, message or job is in progress', async () => {
    const id = await desk.pending();
    const early = await untilAtRest(observed(), now, 0);
    expect(early.at).toBeNull();
    expect(early.busy).toContainEqual({ orderId: id, status: 'PENDING' });
    expect(early.busy).toContainEqual({
      orderId: id,
      status: expect.stringMatching(/^message \d+ \([\w-]+\) waits$/) as unknown,
    });
    await desk.cancel(desk.alice, id);
    await sql('UPDATE outbox_messages SET delivered_at = now() WHERE order_id = $1', id);
    const rest = await untilAtRest(observed(), now, 15_000);
    expect(rest).toEqual({ at: expect.any(Number) as unknown, busy: [] });
  });

  test('take an order with an open dead letter for an order at rest', async () => {
    await desk.deadBeforeCharge();
    await desk.steps.system.sql.query('UPDATE outbox_messages SET delivered_at = now()');
    expect((await untilAtRest(observed(), now, 15_000)).at).not.toBeNull();
  });

  test('read the final answers, ledger, tables and prices', async () => {
    const keys = Array.from({ length: 103 }, (_, index) => `key ${index}`);
    for (const idempotencyKey of keys) await create(desk.alice, { idempotencyKey });
    const confirmed = await desk.confirmed();
    const dead = await desk.deadBeforeCharge();
    const history = ['key 0', 'key 0', 'never seen', 'x'.repeat(256)].map((key) => sent('alice', key));
    history.push(sent('bob', 'key 1'));
    const final = await readFinalAnswers(observed(), history);
    expect(final.orders).toHaveLength(105);
    expect(new Set(final.orders.map(({ id }) => id)).size).toBe(105);
    const order = final.orders.find(({ id }) => id === confirmed);
    expect(order?.events.map(({ version }) => version)).toEqual([1, 2, 3]);
    expect(order?.items[0]).toMatchObject({ lineTotal: { currency: 'EUR' } });
    expect(final.listed['bob']).toEqual([]);
    expect(final.listed['alice']).toEqual(final.orders.map(({ id }) => id));
    const first = final.orders.find(({ idempotencyKey }) => idempotencyKey === 'key 0');
    expect(final.byKey).toEqual([
      { customer: 'alice', key: 'key 0', orderId: first?.id },
      { customer: 'alice', key: 'never seen', orderId: null },
      { customer: 'bob', key: 'key 1', orderId: null },
    ]);
    expect(final.deadLetters).toEqual([
      { id: anyText, order: { id: dead }, task: 'CHARGE', state: 'OPEN', reason: null },
    ]);

    const ledger = await readLedger(observed());
    expect(ledger.find(({ orderId }) => orderId === confirmed)).toMatchObject({ captures: 1, refunds: 0 });
    expect(await readWrongCharges(observed())).toEqual([]);
    const dump = await readDump(observed());
    expect(dump.orders.find(({ id }) => id === confirmed)).toMatchObject({
      customerId: 'alice',
      status: 'CONFIRMED',
      version: 3,
      eventCount: 3,
      messageCount: 1,
      totalAmount: order?.total.amount,
    });
    expect(dump.waitingMessages).toHaveLength(105);
    expect(dump.deadLetters).toEqual([{ id: anyText, orderId: dead, state: 'OPEN' }]);
    const prices = await readPrices(observed());
    expect(prices['cup-espresso']).toEqual({ amount: 990, currency: 'EUR', active: true });
  });
});

function sent(customer: string, key: string): HistoryEntry {
  const operation = { name: 'createOrder', key, items: [], paymentMethod: '', intent: 'order' } as const;
  return { type: 'invoke', at: 0, call: 0, customer, operation };
}

describe('a monitor in an outage', () => {
  test('has no figures while PostgreSQL is paused or down, and has them again afterwards', async () => {
    const postgres = await OwnPostgres.start();
    const monitor = new Monitor(
      {
        directApiUrls: [NOBODY],
        token: async () => 'none',
        postgres: { url: postgres.url, query: async () => [] },
      },
      now,
    );
    const newest = () => monitor.samples.at(-1);
    try {
      monitor.start();
      await waitFor('figures', () => newest()?.outboxPending === 0);
      await postgres.pause();
      await waitFor('no figures', () => newest()?.outboxPending === null);
      postgres.resume();
      await waitFor('figures again', () => newest()?.outboxPending === 0);
      await postgres.kill();
      await waitFor('no figures', () => newest()?.outboxPending === null);
      await postgres.startAgain();
      await waitFor('figures once more', () => newest()?.outboxPending === 0);
      expect(newest()).toMatchObject({ oldestPendingMs: null, queueDepth: null, openDeadLetters: null });
    } finally {
      await monitor.stop();
      await postgres.end();
    }
  }, 60_000);
});
