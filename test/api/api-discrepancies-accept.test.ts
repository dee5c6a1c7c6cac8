import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { OrderDocument } from '../support/documents.js';
import { ResolvePaymentDiscrepancyDocument } from '../support/discrepancy-documents.js';
import { waitFor } from '../support/wait-for.js';
import { Desk } from './desk.js';
import {
  auditOf,
  discrepancyWith,
  type NewDiscrepancy,
  resolve,
  type ResolveResult,
  storeDiscrepancy,
  WHY,
} from './discrepancies-support.js';
import { refusal } from './orders-support.js';

const NOT_FOUND = {
  __typename: 'PaymentDiscrepancyNotFound',
  code: 'PAYMENT_DISCREPANCY_NOT_FOUND',
  message: 'There is no such payment discrepancy.',
};
const notOpen = (message: string) => ({
  __typename: 'PaymentDiscrepancyNotOpen',
  code: 'PAYMENT_DISCREPANCY_NOT_OPEN',
  message,
});
const RESOLVED_ALREADY = notOpen('The payment discrepancy is RESOLVED already.');
const UNDER_WAY = notOpen('The money is being returned already; this is closed when it is back.');

describe('resolvePaymentDiscrepancy with ACCEPT', () => {
  let desk: Desk;

  beforeAll(async () => {
    desk = await Desk.open();
  });

  afterAll(() => desk.close());

  const stored = (id: string) => discrepancyWith(desk.olga, id);

  /** Accepts while another transaction changes the row, and commits when the acceptance waits for it. */
  async function acceptDuring(id: string, change: string): Promise<ResolveResult> {
    const other = await desk.steps.system.sql.connect();
    try {
      await other.query('BEGIN');
      await other.query(`UPDATE payment_discrepancies SET ${change} WHERE id = $1`, [id]);
      const accepting = resolve(desk.olga, id, 'ACCEPT');
      await waitFor('the acceptance to wait', async () => {
        const [waiting] = await desk.steps.select<{ count: number }>(
          `SELECT count(*)::int FROM pg_stat_activity
           WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%accept%'`,
        );
        return waiting?.count === 1;
      });
      await other.query('COMMIT');
      return await accepting;
    } finally {
      other.release();
    }
  }

  async function expectAccepted(id: string, kind: NewDiscrepancy['kind']): Promise<void> {
    const before = await stored(id);
    const after = {
      ...before,
      ...{ state: 'RESOLVED', resolvedAt: expect.any(String) as unknown, resolvedBy: 'olga', reason: WHY },
    };
    const answer = await resolve(desk.olga, id, 'ACCEPT');
    expect(answer).toMatchObject({ __typename: 'PaymentDiscrepancySuccess', discrepancy: { id } });
    expect(await stored(id)).toMatchObject({ ...after, order: before.order === null ? null : {} });
    const detail = `ACCEPT closed the ${kind} of payment ${before.gatewayPaymentId}; no money was moved.`;
    expect(await auditOf(desk.steps, id)).toEqual([
      { actor: 'olga', action: 'resolvePaymentDiscrepancy', reason: WHY, detail },
    ]);
  }

  test.each<[string, () => Promise<string>]>([
    ['PENDING', () => desk.pending()],
    ['PAYMENT_PROCESSING', () => desk.processing()],
    ['PAYMENT_FAILED', () => desk.failed()],
    ['CANCELLING', () => desk.cancelling()],
    ['CANCELLED', () => desk.cancelled()],
  ])('closes one of an order that is %s, whose history stays as it is', async (_, order) => {
    const orderId = await order();
    const before = await desk.stored(orderId);
    const id = await storeDiscrepancy(desk.steps, { kind: 'AMOUNT_MISMATCH', orderId });
    await expectAccepted(id, 'AMOUNT_MISMATCH');
    expect(await desk.stored(orderId)).toEqual(before);
  });

  test('closes an orphan', async () => {
    const id = await storeDiscrepancy(desk.steps, { kind: 'ORPHAN_PAYMENT' });
    await expectAccepted(id, 'ORPHAN_PAYMENT');
  });

  test.each(['DOUBLE_PAYMENT', 'AMOUNT_MISMATCH', 'REFUNDED_OUTSIDE', 'DISPUTED', 'REFUND_FAILED'] as const)(
    'closes a %s of a CONFIRMED order, whose history says so',
    async (kind) => {
      const orderId = await desk.confirmed();
      const id = await storeDiscrepancy(desk.steps, { kind, orderId });
      await expectAccepted(id, kind);
      const { order } = await desk.alice.data(OrderDocument, { id: orderId });
      expect(order).toMatchObject({ status: 'CONFIRMED', version: 4 });
      expect(order?.events.at(-1)).toMatchObject({
        type: 'DISCREPANCY_RESOLVED',
        status: 'CONFIRMED',
        previousStatus: 'CONFIRMED',
        detail: 'The payment of this order was checked, and what was unclear is settled.',
      });
      const written = 'SELECT actor, note FROM order_events WHERE order_id = $1 AND version = 4';
      expect(await desk.steps.select(written, [orderId])).toEqual([{ actor: 'operator:olga', note: WHY }]);
      const [same] = await desk.steps.select<{ same: boolean }>(
        `SELECT (SELECT xmin::text FROM audit_log WHERE target = $1) = ALL (ARRAY[
           (SELECT xmin::text FROM payment_discrepancies WHERE id::text = $1),
           (SELECT xmin::text FROM order_events WHERE order_id = $2 AND version = 4)]) AS same`,
        [id, orderId],
      );
      expect(same).toEqual({ same: true });
    },
  );

  test.each(['ACCEPT', 'REFUND'] as const)(
    'repeated as %s, answers PaymentDiscrepancyNotOpen and changes nothing',
    async (action) => {
      const orderId = await desk.confirmed();
      const id = await storeDiscrepancy(desk.steps, { kind: 'DOUBLE_PAYMENT', orderId });
      await resolve(desk.olga, id, 'ACCEPT');
      const before = [await stored(id), await desk.stored(orderId), await auditOf(desk.steps, id)];
      expect(await resolve(desk.olga, id, action)).toEqual(RESOLVED_ALREADY);
      expect([await stored(id), await desk.stored(orderId), await auditOf(desk.steps, id)]).toEqual(before);
    },
  );

  test.each<[string, () => Promise<string | undefined>]>([
    ['of a CONFIRMED order', () => desk.confirmed()],
    ['of no order', async () => undefined],
  ])('called ten times at once for one %s, closes it once', async (_, order) => {
    const orderId = await order();
    const id = await storeDiscrepancy(desk.steps, {
      kind: 'DOUBLE_PAYMENT',
      ...(orderId === undefined ? {} : { orderId }),
    });
    const answers = await Promise.all(Array.from({ length: 10 }, () => resolve(desk.olga, id, 'ACCEPT')));
    const closed = answers.filter(({ __typename }) => __typename === 'PaymentDiscrepancySuccess');
    expect(closed).toHaveLength(1);
    expect(answers.filter((answer) => !closed.includes(answer))).toEqual(Array(9).fill(RESOLVED_ALREADY));
    expect(await auditOf(desk.steps, id)).toHaveLength(1);
    if (orderId === undefined) return;
    expect(await desk.steps.history(orderId)).toEqual([
      ...['ORDER_CREATED', 'PAYMENT_STARTED', 'PAYMENT_SUCCEEDED', 'DISCREPANCY_RESOLVED'],
    ]);
  });

  test.each<[string, () => Promise<string | undefined>]>([
    ['of a CONFIRMED order', () => desk.confirmed()],
    ['of no order', async () => undefined],
  ])(
    'changes nothing where the refund of one %s is decided between its reading and its write',
    async (_, order) => {
      const orderId = await order();
      const id = await storeDiscrepancy(desk.steps, {
        kind: 'DOUBLE_PAYMENT',
        ...(orderId === undefined ? {} : { orderId }),
      });
      expect(await acceptDuring(id, `refund_by = 'otto'`)).toEqual(UNDER_WAY);
      expect(await stored(id)).toMatchObject({ state: 'OPEN', resolvedBy: null });
      expect(await auditOf(desk.steps, id)).toEqual([]);
      if (orderId === undefined) return;
      expect(await desk.steps.history(orderId)).not.toContain('DISCREPANCY_RESOLVED');
    },
  );

  test('closes one that reconciliation compares between its reading and its write', async () => {
    const id = await storeDiscrepancy(desk.steps, { kind: 'DISPUTED', orderId: await desk.confirmed() });
    expect(await acceptDuring(id, 'checked_at = now()')).toMatchObject({
      __typename: 'PaymentDiscrepancySuccess',
    });
    expect(await stored(id)).toMatchObject({ state: 'RESOLVED', resolvedBy: 'olga' });
  });

  test.each(['', 'x', 'a\0b', "' OR 1=1 --", '0190a5ad-0000-7000-8000-00000000000a'])(
    'and REFUND return PaymentDiscrepancyNotFound for the id %j',
    async (id) => {
      for (const action of ['ACCEPT', 'REFUND'] as const)
        expect(await resolve(desk.olga, id, action)).toEqual(NOT_FOUND);
    },
  );

  test.each<[string, string, string]>([
    ['empty', '', 'must be 1 to 500 printable characters'],
    ['of 501 characters', 'x'.repeat(501), 'must be 1 to 500 printable characters'],
    ['of nothing but spaces', ' \n ', 'must be 1 to 500 printable characters'],
    ['that holds a card number', '4242 4242 4242 4242', 'must not be a card number'],
  ])('and REFUND are refused with a reason %s', async (_, reason, message) => {
    const id = await storeDiscrepancy(desk.steps, { kind: 'ORPHAN_PAYMENT' });
    for (const action of ['ACCEPT', 'REFUND'] as const) {
      const answer = await desk.olga.execute(ResolvePaymentDiscrepancyDocument, { id, action, reason });
      expect(refusal(answer)).toEqual({ code: 'BAD_USER_INPUT', violations: [{ field: 'reason', message }] });
    }
    expect(await stored(id)).toMatchObject({ state: 'OPEN' });
  });
});
