import { describe, expect, test } from '@jest/globals';
import { ORDER_STATUSES, type OrderStatus } from '../../src/orders/lifecycle.js';
import { effectOf } from '../../src/payments/stripe/webhook-effect.js';
import { isHint } from '../../src/payments/stripe/webhook-hint.js';

const TYPES = [
  'payment_intent.created',
  'payment_intent.succeeded',
  'payment_intent.payment_failed',
  'payment_intent.canceled',
  'charge.succeeded',
  'charge.refunded',
  'charge.refund.updated',
  'refund.created',
  'refund.updated',
  'refund.failed',
  'charge.dispute.created',
  'charge.dispute.closed',
  'customer.created',
];
const TOTAL = { amount: 1_980, currency: 'EUR' };
const OTHER = { amount: 1_979, currency: 'EUR' };
const DISPUTES = ['charge.dispute.created', 'charge.dispute.closed'];
const CHANGED = ['charge.refund.updated', 'refund.updated', 'refund.failed'];
const REFUNDS = [
  'charge.refunded',
  'charge.refund.updated',
  'refund.created',
  'refund.updated',
  'refund.failed',
];

function hints(status: OrderStatus | undefined, received = TOTAL, waitsForOperator = false): string[] {
  const payment = { total: received, received };
  return TYPES.filter((type) => {
    const order = status === undefined ? undefined : { ...TOTAL, status, waitsForOperator };
    const effect = order === undefined ? 'none' : effectOf({ type, payment }, order).kind;
    return isHint({ type, payment }, order, effect);
  });
}

describe('a webhook event is a hint for reconciliation', () => {
  test('where money moved for a payment that no order has stored', () => {
    expect(hints(undefined)).toEqual(['payment_intent.succeeded', ...REFUNDS, ...DISPUTES]);
  });

  test.each([
    ['PENDING', [...REFUNDS, ...DISPUTES]],
    ['PAYMENT_PROCESSING', [...REFUNDS, ...DISPUTES]],
    ['CONFIRMED', [...REFUNDS, ...DISPUTES]],
    ['PAYMENT_FAILED', ['payment_intent.succeeded', ...REFUNDS, ...DISPUTES]],
    ['CANCELLING', DISPUTES],
    ['CANCELLED', ['payment_intent.succeeded', ...CHANGED, ...DISPUTES]],
  ] as const)('where money moved that an order in %s does not expect', (status, expected) => {
    expect(hints(status)).toEqual(expected);
  });

  test.each(['PAYMENT_PROCESSING', 'CONFIRMED'] as const)(
    'where another amount than the total of an order in %s was taken',
    (status) => {
      expect(hints(status, OTHER)).toContain('payment_intent.succeeded');
    },
  );

  test('about any dispute, also while a dead letter is open', () => {
    for (const status of ORDER_STATUSES)
      expect(hints(status, TOTAL, true)).toEqual(expect.arrayContaining(DISPUTES));
  });
});
