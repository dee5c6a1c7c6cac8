import { describe, expect, test } from '@jest/globals';
import { ORDER_STATUSES } from '../../src/orders/lifecycle.js';
import { effectOf } from '../../src/payments/stripe/webhook-effect.js';

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
const TOTAL = { amount: 99_000, currency: 'EUR' };
const PAYMENT = { total: TOTAL, received: TOTAL };

function effects(waitsForOperator: boolean): Record<string, unknown> {
  const entries = ORDER_STATUSES.flatMap((status) =>
    TYPES.map((type) => {
      const effect = effectOf({ type, payment: PAYMENT }, { ...TOTAL, status, waitsForOperator });
      return [`${status} ${type}`, effect] as const;
    }),
  );
  return Object.fromEntries(entries.filter(([, effect]) => effect.kind !== 'none'));
}

describe("fault 29: a webhook's effect", () => {
  test('is to confirm an order whose payment was under way and succeeded, and else to wake the worker if a task is due', () => {
    const charge = { kind: 'wake', task: 'CHARGE' };
    const refund = { kind: 'wake', task: 'REFUND' };
    expect(effects(false)).toEqual({
      'PENDING payment_intent.succeeded': charge,
      'PENDING payment_intent.payment_failed': charge,
      'PENDING payment_intent.canceled': charge,
      'PAYMENT_PROCESSING payment_intent.succeeded': { kind: 'confirm' },
      'PAYMENT_PROCESSING payment_intent.payment_failed': charge,
      'PAYMENT_PROCESSING payment_intent.canceled': charge,
      'REQUIRES_ACTION payment_intent.succeeded': { kind: 'confirm' },
      'REQUIRES_ACTION payment_intent.payment_failed': charge,
      'REQUIRES_ACTION payment_intent.canceled': charge,
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

  test('is only to confirm while a dead letter is open, as the worker would skip the order', () => {
    expect(effects(true)).toEqual({
      'PAYMENT_PROCESSING payment_intent.succeeded': { kind: 'confirm' },
      'REQUIRES_ACTION payment_intent.succeeded': { kind: 'confirm' },
    });
  });

  test('is none for an order at rest', () => {
    for (const status of ['CONFIRMED', 'PAYMENT_FAILED', 'CANCELLED'] as const) {
      for (const type of TYPES) {
        const order = { ...TOTAL, status, waitsForOperator: false };
        expect(effectOf({ type, payment: PAYMENT }, order)).toEqual(NOTHING);
      }
    }
  });

  const succeeded = (payment: Parameters<typeof effectOf>[0]['payment'], waitsForOperator = false) =>
    effectOf(
      { type: 'payment_intent.succeeded', payment },
      { ...TOTAL, status: 'PAYMENT_PROCESSING', waitsForOperator },
    );

  test.each([
    ['amount received', { total: TOTAL, received: { amount: 1, currency: 'EUR' } }, '1 EUR'],
    ['amount to be paid', { total: { amount: 1, currency: 'EUR' }, received: TOTAL }, '1 EUR'],
    [
      'currency',
      { total: { ...TOTAL, currency: 'JPY' }, received: { ...TOTAL, currency: 'JPY' } },
      '99000 JPY',
    ],
  ])("is a dead letter if the %s differs from the order's", (_what, payment, shown) => {
    expect(succeeded(payment)).toEqual({
      kind: 'dead-letter',
      why: `The payment gateway reports ${shown} for an order of 99000 EUR (minor units).`,
    });
  });

  test('is none for a wrong amount while a dead letter is open', () => {
    expect(succeeded({ total: TOTAL, received: { amount: 1, currency: 'EUR' } }, true)).toEqual(NOTHING);
  });

  test('is to wake the worker if the event has no amount', () => {
    expect(succeeded(undefined)).toEqual({ kind: 'wake', task: 'CHARGE' });
  });
});
