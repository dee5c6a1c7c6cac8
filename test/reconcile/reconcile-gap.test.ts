import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ReconcileDesk, TOTAL } from './reconcile-desk.js';

let desk: ReconcileDesk;

beforeEach(async () => {
  desk = await ReconcileDesk.open();
}, 60_000);

afterEach(async () => {
  await desk.close();
}, 60_000);

/** PostgreSQL has lost its commits since an hour ago, and that was found `ageMs` ago. */
async function openGap(ageMs = 60_000): Promise<void> {
  await desk.steps.select(
    `UPDATE database_marker SET gap_from = now() - interval '1 hour', gap_reason = 'it was restored',
       gap_found_at = now() - $1 * interval '1 millisecond'`,
    [ageMs],
  );
}

async function isGapOpen(): Promise<boolean> {
  const [row] = await desk.steps.select<{ open: boolean }>(
    'SELECT gap_found_at IS NOT NULL OR gap_from IS NOT NULL OR gap_reason IS NOT NULL AS open FROM database_marker',
  );
  return row?.open ?? false;
}

/** As in a backup from before the charge, or from before its outcome. */
async function setBack(orderId: string, to: 'PENDING' | 'PAYMENT_PROCESSING'): Promise<void> {
  const version = to === 'PENDING' ? 1 : 2;
  await desk.steps.select('DELETE FROM payments WHERE order_id = $1', [orderId]);
  await desk.steps.select('DELETE FROM order_events WHERE order_id = $1 AND version > $2', [
    orderId,
    version,
  ]);
  await desk.steps.select(
    `UPDATE orders SET status = $2::order_status, version = $3, recover_after = now() WHERE id = $1`,
    [orderId, to, version],
  );
}

/** Runs until there is nothing more to do at once. */
async function run(sweep = desk.sweep()): Promise<void> {
  while ((await sweep.runOnce()).more > 0);
}

const CHARGED = ['ORDER_CREATED', 'PAYMENT_STARTED', 'PAYMENT_SUCCEEDED'];

describe('a gap', () => {
  test.each(['PENDING', 'PAYMENT_PROCESSING'] as const)(
    'is covered: the payment of an order that went back to %s is attached, and it is not charged again',
    async (status) => {
      const { orderId, paymentId } = await desk.confirmed();
      await setBack(orderId, status);
      await openGap();
      await run();
      expect(await isGapOpen()).toBe(false);
      expect(await desk.paymentOf(orderId)).toBe(paymentId);
      expect(await desk.steps.status(orderId)).toBe('PAYMENT_PROCESSING');
      await desk.steps.chargeToEnd(orderId);
      expect(await desk.steps.history(orderId)).toEqual(CHARGED);
      expect(await desk.steps.captures(orderId)).toBe(1);
      expect(await desk.listed(orderId)).toEqual([]);
    },
  );

  test('is covered: a cancellation returns the money that was attached to an order that went back to PENDING', async () => {
    const { orderId, paymentId } = await desk.confirmed();
    await setBack(orderId, 'PENDING');
    await openGap();
    await run();
    await desk.steps.cancel(orderId);
    await desk.steps.refundToEnd(orderId);
    expect(await desk.steps.status(orderId)).toBe('CANCELLED');
    expect(await desk.held(paymentId)).toBe(0);
  });

  test('is covered: the payment of a lost order is listed at once, whatever its age', async () => {
    const key = 'b1'.repeat(32);
    const payment = await desk.capture({ order_id: desk.newOrderId(), order_key: key });
    await openGap();
    await run(desk.sweep({ settings: { graceMs: 3_600_000 } }));
    expect(await desk.kinds(payment)).toEqual(['ORPHAN_PAYMENT OPEN']);
    expect(await isGapOpen()).toBe(false);
  });

  test('is covered: of two payments of an order, the one that holds money is attached, and none is lost sight of', async () => {
    const { orderId, paymentId: returned } = await desk.confirmed();
    await setBack(orderId, 'PENDING');
    await desk.outside('refunds', { paymentIntent: returned });
    const [held, second] = [
      await desk.capture({ order_id: orderId }),
      await desk.capture({ order_id: orderId }),
    ];
    await openGap();
    await run();
    const attached = await desk.paymentOf(orderId);
    expect([held, second]).toContain(attached);
    const other = attached === held ? second : held;
    expect([await desk.kinds(attached), await desk.kinds(other)]).toEqual([[], ['DOUBLE_PAYMENT OPEN']]);
  });

  test('is covered: the payment of an order that went back, and was returned since, is attached and listed', async () => {
    const { orderId, paymentId } = await desk.confirmed();
    await setBack(orderId, 'PENDING');
    await desk.outside('refunds', { paymentIntent: paymentId });
    await openGap();
    await run();
    expect(await desk.paymentOf(orderId)).toBe(paymentId);
    expect(await desk.listed(orderId)).toMatchObject([
      { kind: 'REFUNDED_OUTSIDE', expected: TOTAL, found: 0 },
    ]);
  });

  test('leaves an order with an open dead letter to its operator, with its payment', async () => {
    const { orderId, paymentId } = await desk.confirmed();
    await setBack(orderId, 'PENDING');
    await desk.steps.select(`UPDATE orders SET recover_after = NULL WHERE id = $1`, [orderId]);
    await desk.steps.select(
      `INSERT INTO dead_letters (order_id, task, attempts, error) VALUES ($1, 'CHARGE', 0, 'A poison message.')`,
      [orderId],
    );
    await openGap();
    await run();
    expect(await desk.paymentOf(orderId)).toBe(paymentId);
    const due = 'SELECT FROM orders WHERE id = $1 AND recover_after IS NOT NULL';
    expect(await desk.steps.select(due, [orderId])).toEqual([]);
  });

  test('attaches no payment that was declined or is still to be confirmed', async () => {
    const orderId = await desk.steps.placeOrder();
    await desk.stripe.paymentIntents.create({
      amount: TOTAL,
      currency: 'eur',
      payment_method: 'pm_card_visa',
      allowed_payment_method_types: ['card'],
      metadata: { order_id: orderId },
    });
    await openGap();
    await run();
    expect(await desk.steps.select('SELECT FROM payments WHERE order_id = $1', [orderId])).toEqual([]);
    expect(await desk.steps.status(orderId)).toBe('PENDING');
  });

  test('is covered: an order that went back finds its open payment long after, and is charged once', async () => {
    const orderId = await desk.steps.placeOrder();
    const dying = { confirmPaymentIntent: () => Promise.reject(new Error('the worker dies here')) };
    const charge = desk.steps.chargeOrder({ gateway: desk.steps.gatewayWith(dying) });
    await expect(charge.run(orderId)).rejects.toThrow('the worker dies here');
    const made = await desk.paymentOf(orderId);
    await setBack(orderId, 'PENDING');
    await openGap();
    await run();
    await desk.steps.sandbox.call('DELETE', 'idempotency');
    await desk.steps.chargeToEnd(orderId);
    expect(await desk.paymentOf(orderId)).toBe(made);
    expect(await desk.steps.captures(orderId)).toBe(1);
  });

  test('waits until the payments that were under way have an outcome', async () => {
    await openGap(0);
    await run();
    expect(await isGapOpen()).toBe(true);
    await openGap(desk.steps.config.payment.timeoutMs);
    await run();
    expect(await isGapOpen()).toBe(false);
  });

  test('that is found again while it is covered stays open, and is covered from its beginning', async () => {
    const early = await desk.capture();
    let pages = 0;
    const books = Object.assign(Object.create(desk.books) as typeof desk.books, {
      listPayments: async (window: Parameters<typeof desk.books.listPayments>[0]) => {
        pages += 1;
        const page = await desk.books.listPayments(window);
        if (pages === 1) await openGap(30_000);
        return page;
      },
    });
    await openGap();
    await desk.sweep({ books }).runOnce();
    expect(await isGapOpen()).toBe(true);
    await run(desk.sweep({ books }));
    expect(await isGapOpen()).toBe(false);
    expect(pages).toBe(2);
    expect(await desk.kinds(early)).toEqual(['ORPHAN_PAYMENT OPEN']);
  });

  test('comes before everything else, page by page, also after a crash between two pages', async () => {
    const payments = await Promise.all(Array.from({ length: 120 }, () => desk.capture()));
    await desk.passInterval();
    await desk.steps.select(`INSERT INTO reconcile_hints (payment_intent_id) VALUES ('pi_later')`);
    await openGap();
    expect(await desk.sweep().runOnce()).toEqual({ more: 1 });
    const count = `SELECT count(*)::int AS count FROM payment_discrepancies`;
    expect(await desk.steps.select(count)).toEqual([{ count: 100 }]);
    const database = desk.databaseWith(() => undefined);
    const killed = new Proxy(database, {
      get: (target, name) => {
        if (name === '$queryRaw') throw new Error('killed');
        return Reflect.get(target, name) as unknown;
      },
    });
    await expect(desk.sweep({ database: killed }).runOnce()).rejects.toThrow('killed');
    expect(await isGapOpen()).toBe(true);
    expect(await desk.steps.select('SELECT FROM reconcile_hints')).toHaveLength(1);
    expect(await desk.sweep().runOnce()).toEqual({ more: 1 });
    expect(await isGapOpen()).toBe(false);
    expect(await desk.steps.select(count)).toEqual([{ count: payments.length }]);
    expect(await desk.steps.select('SELECT FROM reconcile_hints')).toHaveLength(1);
  });
});
