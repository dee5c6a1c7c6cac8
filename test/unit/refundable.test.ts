import { describe, expect, test } from '@jest/globals';
import { ORDER_STATUSES, type OrderStatus } from '../../src/orders/lifecycle.js';
import type { DiscrepancyCase } from '../../src/payments/reconcile/discrepancy-queries.js';
import { whyNotRefundable } from '../../src/payments/reconcile/refundable.js';

const AT = new Date('2026-11-28T20:14:05.678Z');
const COUNTING: readonly OrderStatus[] = ['PENDING', 'PAYMENT_PROCESSING', 'CONFIRMED'];

function caseOf(parts: Pick<DiscrepancyCase, 'kind'> & Partial<DiscrepancyCase>): DiscrepancyCase {
  return {
    ...{ id: 'd', state: 'OPEN', orderId: null, gatewayPaymentId: 'pi_1', expected: null, found: null },
    ...{ detail: '', detectedAt: AT, resolvedAt: null, resolvedBy: null, reason: null },
    ...{ refundBy: null, order: null, payer: null },
    ...parts,
  };
}

const order = (status: OrderStatus) => ({ id: 'o', status, version: 3 });

describe('whyNotRefundable', () => {
  test.each(['ORPHAN_PAYMENT', 'DOUBLE_PAYMENT', 'REFUND_FAILED'] as const)(
    'allows the refund of a %s, whatever the status of the order that it is about',
    (kind) => {
      expect(whyNotRefundable(caseOf({ kind }))).toBeUndefined();
      for (const status of ORDER_STATUSES)
        expect([status, whyNotRefundable(caseOf({ kind, order: order(status) }))]).toEqual([
          status,
          undefined,
        ]);
    },
  );

  test.each(['REFUNDED_OUTSIDE', 'DISPUTED'] as const)(
    'refuses the refund of a %s: no money is held',
    (kind) => {
      for (const status of ORDER_STATUSES) {
        const why = whyNotRefundable(caseOf({ kind, order: order(status), payer: order(status) }));
        expect(why).toMatch(/^No money is held that could be returned: .+ ACCEPT closes this/);
      }
    },
  );

  test.each(['PAYMENT_FAILED', 'CANCELLED'] as const)(
    'allows the refund of a wrong amount of an order that is %s',
    (status) => {
      const found = { kind: 'AMOUNT_MISMATCH', order: order(status), payer: order(status) } as const;
      expect(whyNotRefundable(caseOf(found))).toBeUndefined();
    },
  );

  test('refuses the refund of a wrong amount of an order that counts on it, and says what to do instead', () => {
    for (const status of COUNTING) {
      expect(whyNotRefundable(caseOf({ kind: 'AMOUNT_MISMATCH', order: order(status) }))).toBe(
        `Order o is ${status} and counts on this payment. Cancel the order to return its money.`,
      );
    }
    expect(whyNotRefundable(caseOf({ kind: 'AMOUNT_MISMATCH', order: order('CANCELLING') }))).toBe(
      'Order o is CANCELLING, which returns its money.',
    );
  });

  test.each(['ORPHAN_PAYMENT', 'DOUBLE_PAYMENT'] as const)(
    'refuses the refund of a %s that is the stored payment of an order that counts on it',
    (kind) => {
      for (const status of COUNTING) {
        const found = { kind, order: order('CANCELLED'), payer: { id: 'p', status, version: 3 } };
        expect(whyNotRefundable(caseOf(found))).toBe(
          `Order p is ${status} and counts on this payment. Cancel the order to return its money.`,
        );
      }
      for (const status of ['PAYMENT_FAILED', 'CANCELLED'] as const)
        expect(whyNotRefundable(caseOf({ kind, payer: order(status) }))).toBeUndefined();
    },
  );
});
