import { describe, expect, test } from '@jest/globals';
import { ORDER_STATUSES } from '../../src/orders/order-status.js';
import { effectOf } from '../../src/payments/webhook-effect.js';

const TYPES = [
  'payment_intent.created',
  'payment_intent.processing',
  'payment_intent.succeeded',
  'payment_intent.payment_failed',
  'payment_intent.canceled',
  'charge.succeeded',
  'charge.refunded',
  'charge.refund.updated',
  'refund.created',
  'refund.failed',
  'customer.created',
  'refunded',
  '',
];
const NOTHING = { kind: 'none' };

function effects(waitsForOperator: boolean): Record<string, unknown> {
  const entries = ORDER_STATUSES.flatMap((status) =>
    TYPES.map((type) => [`${status} ${type}`, effectOf(type, { status, waitsForOperator })] as const),
  );
  return Object.fromEntries(entries.filter(([, effect]) => effect.kind !== 'none'));
}

describe("fault 29: a webhook's effect", () => {
  test('is a decision only where a payment succeeded, and a look elsewhere where work is due', () => {
    const charge = { kind: 'wake', task: 'CHARGE' };
    const refund = { kind: 'wake', task: 'REFUND' };
    expect(effects(false)).toEqual({
      'PENDING payment_intent.payment_failed': charge,
      'PENDING payment_intent.canceled': charge,
      'PAYMENT_PROCESSING payment_intent.succeeded': { kind: 'confirm' },
      'PAYMENT_PROCESSING payment_intent.payment_failed': charge,
      'PAYMENT_PROCESSING payment_intent.canceled': charge,
      'CANCELLING payment_intent.succeeded': refund,
      'CANCELLING payment_intent.payment_failed': refund,
      'CANCELLING payment_intent.canceled': refund,
      'CANCELLING charge.succeeded': refund,
      'CANCELLING charge.refunded': refund,
      'CANCELLING charge.refund.updated': refund,
      'CANCELLING refund.created': refund,
      'CANCELLING refund.failed': refund,
    });
  });

  test('is only that decision where an operator has to decide: the worker would not look', () => {
    expect(effects(true)).toEqual({ 'PAYMENT_PROCESSING payment_intent.succeeded': { kind: 'confirm' } });
  });

  test('is nothing for an order at rest', () => {
    for (const status of ['CONFIRMED', 'PAYMENT_FAILED', 'CANCELLED'] as const) {
      for (const type of TYPES) expect(effectOf(type, { status, waitsForOperator: false })).toEqual(NOTHING);
    }
  });
});
