import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { BookWindow, GatewayBooks } from '../../src/payments/gateway-books.js';
import { ReconcileDesk } from './reconcile-desk.js';

/** Three pages at the gateway. */
const ORPHANS = 250;

let desk: ReconcileDesk;
let orphans: string[];
let settled: string[];

beforeAll(async () => {
  desk = await ReconcileDesk.open();
  orphans = [];
  for (let count = 0; count < ORPHANS; count += 10)
    orphans.push(...(await Promise.all(Array.from({ length: 10 }, () => desk.capture()))));
  settled = [(await desk.confirmed()).paymentId, (await desk.confirmed()).paymentId];
}, 60_000);

afterAll(async () => {
  await desk.close();
}, 60_000);

/** Books that call `onPage` before each page of payments. */
function booksWith(onPage: (window: BookWindow) => void): GatewayBooks {
  return Object.assign(Object.create(desk.books) as GatewayBooks, {
    listPayments: async (window: BookWindow) => {
      onPage(window);
      return desk.books.listPayments(window);
    },
  });
}

async function listedOrphans(): Promise<string[]> {
  const rows = await desk.steps.select<{ id: string }>(
    `SELECT gateway_payment_id AS id FROM payment_discrepancies WHERE kind = 'ORPHAN_PAYMENT' ORDER BY 1`,
  );
  return rows.map(({ id }) => id);
}

async function forget(): Promise<void> {
  await desk.steps.select('DELETE FROM payment_discrepancies');
  await desk.steps.select(
    `UPDATE reconcile_progress SET covered_until = now() - interval '1 hour', window_from = NULL, window_to = NULL,
       after_id = NULL, finished_at = NULL`,
  );
}

describe('reconciliation of many payments', () => {
  test('reads each page once, and lists each payment without an order once', async () => {
    const cursors: (string | null)[] = [];
    const before = await desk.steps.sandbox.requests();
    await desk.reconcile(desk.sweep({ books: booksWith(({ afterId }) => cursors.push(afterId)) }));
    expect(cursors).toHaveLength(3);
    expect(new Set(cursors).size).toBe(3);
    const after = await desk.steps.sandbox.requests();
    const asked = ['payment_intents.list', 'payment_intents.retrieve', 'refunds.list', 'disputes.list'];
    // One request for 100 payments, and none for a payment alone.
    expect(asked.map((name) => (after[name] ?? 0) - (before[name] ?? 0))).toEqual([3, 0, 1, 1]);
    expect(await listedOrphans()).toEqual(orphans.toSorted());
    expect([await desk.listed(settled[0] ?? ''), await desk.listed(settled[1] ?? '')]).toEqual([[], []]);
  });

  test.each([
    ['before a page is compared', false],
    ['after a page was compared, before that is stored', true],
  ])('that is killed once %s, for each page, repeats the page and skips none', async (_when, isCompared) => {
    await forget();
    const pages = new Map<string, number>();
    let current = '';
    const dieOnce = () => {
      if (pages.get(current) === 1) throw new Error('killed');
    };
    const books = booksWith(({ afterId }) => {
      current = afterId ?? 'first';
      pages.set(current, (pages.get(current) ?? 0) + 1);
      if (!isCompared) dieOnce();
    });
    const stored: number[] = [];
    const database = desk.databaseWith((statement) => {
      if (!isCompared || !['advance-window', 'finish-window'].includes(statement)) return;
      if (current !== '') dieOnce();
      current = '';
    });
    await desk.passInterval();
    for (let isDue = true; isDue;) {
      // A new process each time.
      const run = desk.sweep({ books, database }).runOnce();
      isDue = await run.then(
        ({ more }) => more > 0,
        (error: unknown) => (error as Error).message === 'killed',
      );
      stored.push((await listedOrphans()).length);
    }
    expect([...pages.values()]).toEqual([2, 2, 2]);
    expect(stored[0] === 0).toBe(!isCompared);
    expect(await listedOrphans()).toEqual(orphans.toSorted());
  });

  test('reads a window again from its beginning where the gateway does not know the cursor', async () => {
    await forget();
    await desk.steps.select(
      `UPDATE reconcile_progress SET window_from = now() - interval '1 hour', window_to = now(), after_id = 'pi_unknown'
       WHERE list = 'payments'`,
    );
    await expect(desk.sweep().runOnce()).rejects.toThrow('resource_missing');
    while ((await desk.sweep().runOnce()).more > 0);
    expect(await listedOrphans()).toEqual(orphans.toSorted());
  });

  test('goes on from the time that is covered', async () => {
    const windows = new Map<number, BookWindow>();
    const sweep = desk.sweep({ books: booksWith((window) => windows.set(window.from.getTime(), window)) });
    await desk.reconcile(sweep);
    await desk.reconcile(sweep);
    const [first, second] = [...windows.values()];
    expect(windows.size).toBe(2);
    expect(second?.from).toEqual(first?.to);
  });
});
