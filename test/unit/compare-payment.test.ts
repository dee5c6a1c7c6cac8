import { describe, expect, test } from '@jest/globals';
import { ORDER_STATUSES, type OrderStatus } from '../../src/orders/lifecycle.js';
import type { BookedPayment } from '../../src/payments/gateway-books.js';
import { comparePayment, type KnownOrder } from '../../src/payments/reconcile/compare-payment.js';

const TOTAL = { amount: 1_980, currency: 'EUR' };

function payment(fields: Partial<BookedPayment> = {}): BookedPayment {
  return {
    id: 'pi_1',
    createdAt: new Date(0),
    status: 'succeeded',
    total: TOTAL,
    received: 1_980,
    returned: 0,
    dispute: 'none',
    orderId: '0195c0de-0000-7000-8000-000000000001',
    orderKey: null,
    ...fields,
  };
}

function order(status: OrderStatus, fields: Partial<KnownOrder> = {}): KnownOrder {
  return {
    id: '0195c0de-0000-7000-8000-000000000001',
    status,
    version: 3,
    total: TOTAL,
    paymentIntentId: 'pi_1',
    paymentIsClosed: false,
    wasSettledOutside: false,
    waitsForOperator: false,
    ...fields,
  };
}

/** Each difference as kind, expected and found amount. */
function differences(of: BookedPayment, its: KnownOrder | undefined): string[] {
  return comparePayment(of, its).map(
    ({ kind, expected, found }) => `${kind} ${expected?.amount ?? 'none'} ${found.amount}`,
  );
}

describe('a payment whose order is not stored', () => {
  test.each([
    ['that holds money is an orphan', payment(), ['ORPHAN_PAYMENT none 1980']],
    ['without any metadata is an orphan too', payment({ orderId: null }), ['ORPHAN_PAYMENT none 1980']],
    ['returned in part is an orphan with the rest', payment({ returned: 80 }), ['ORPHAN_PAYMENT none 1900']],
    ['returned in whole is no difference', payment({ returned: 1_980 }), []],
    ['that has taken nothing is no difference', payment({ status: 'unconfirmed', received: 0 }), []],
    ['whose dispute was won is an orphan', payment({ dispute: 'won' }), ['ORPHAN_PAYMENT none 1980']],
    ['whose dispute is open is disputed only', payment({ dispute: 'open' }), ['DISPUTED none 1980']],
    ['whose dispute was lost is disputed only', payment({ dispute: 'lost' }), ['DISPUTED none 1980']],
  ])('%s', (_claim, of, expected) => {
    expect(differences(of, undefined)).toEqual(expected);
  });

  test('names its key, its missing order and what is held', () => {
    const orderKey = 'a'.repeat(64);
    const [orphan] = comparePayment(payment({ orderKey }), undefined);
    expect(orphan).toMatchObject({ orderKey, order: undefined, found: TOTAL });
    expect(orphan?.detail).toBe(
      'The payment names the order 0195c0de-0000-7000-8000-000000000001, which is not stored here, and the gateway holds 1980 EUR (minor units).',
    );
    expect(comparePayment(payment({ orderId: null }), undefined)[0]?.detail).toContain('names no order');
  });
});

describe("an order's own payment", () => {
  test.each(ORDER_STATUSES.filter((status) => !['CANCELLED', 'PAYMENT_FAILED'].includes(status)))(
    'of the right amount is no difference in %s',
    (status) => {
      expect(differences(payment(), order(status))).toEqual([]);
    },
  );

  const WRONG = payment({ received: 1_900 });
  const FOREIGN = payment({ total: { amount: 1_980, currency: 'USD' } });
  test.each([
    ['with another amount is a mismatch in PENDING', 'PENDING', WRONG, ['AMOUNT_MISMATCH 1980 1900']],
    ['with another amount is a mismatch in CONFIRMED', 'CONFIRMED', WRONG, ['AMOUNT_MISMATCH 1980 1900']],
    [
      'with another amount is a mismatch in PAYMENT_PROCESSING',
      'PAYMENT_PROCESSING',
      WRONG,
      ['AMOUNT_MISMATCH 1980 1900'],
    ],
    ['with another amount is a mismatch in CANCELLING', 'CANCELLING', WRONG, ['AMOUNT_MISMATCH 1980 1900']],
    ['in another currency is a mismatch', 'CONFIRMED', FOREIGN, ['AMOUNT_MISMATCH 1980 1980']],
    [
      'that has taken nothing is a mismatch in CONFIRMED',
      'CONFIRMED',
      payment({ received: 0, status: 'cancelled' }),
      ['AMOUNT_MISMATCH 1980 0'],
    ],
    [
      'that has taken nothing is no difference in PAYMENT_PROCESSING',
      'PAYMENT_PROCESSING',
      payment({ received: 0, status: 'unconfirmed' }),
      [],
    ],
    [
      'that took too much and has returned that is no difference',
      'CONFIRMED',
      payment({ received: 2_000, returned: 20 }),
      [],
    ],
    [
      'returned in part is returned outside in CONFIRMED',
      'CONFIRMED',
      payment({ returned: 80 }),
      ['REFUNDED_OUTSIDE 1980 1900'],
    ],
    [
      'returned in whole is returned outside in CONFIRMED',
      'CONFIRMED',
      payment({ returned: 1_980 }),
      ['REFUNDED_OUTSIDE 1980 0'],
    ],
    [
      'returned before its order is confirmed is returned outside',
      'PAYMENT_PROCESSING',
      payment({ returned: 1_980 }),
      ['REFUNDED_OUTSIDE 1980 0'],
    ],
    ['returned in part is no difference in CANCELLING', 'CANCELLING', payment({ returned: 80 }), []],
    [
      'with another amount, returned, is no difference in CANCELLING',
      'CANCELLING',
      payment({ received: 1_900, returned: 1_900 }),
      [],
    ],
    [
      'that took the wrong amount and returned more is both',
      'CONFIRMED',
      payment({ received: 1_900, returned: 100 }),
      ['AMOUNT_MISMATCH 1980 1900', 'REFUNDED_OUTSIDE 1980 1800'],
    ],
    ['returned in whole is no difference in CANCELLED', 'CANCELLED', payment({ returned: 1_980 }), []],
    [
      'that holds money in CANCELLED is a refund that failed',
      'CANCELLED',
      payment({ returned: 80 }),
      ['REFUND_FAILED 0 1900'],
    ],
    [
      'that holds money in PAYMENT_FAILED is a mismatch',
      'PAYMENT_FAILED',
      payment(),
      ['AMOUNT_MISMATCH 0 1980'],
    ],
  ] as const)('%s', (_claim, status, of, expected) => {
    expect(differences(of, order(status))).toEqual(expected);
  });

  test('that is held after a settlement outside is no difference', () => {
    expect(differences(payment(), order('CANCELLED', { wasSettledOutside: true }))).toEqual([]);
  });

  test.each([
    ['open', 'CONFIRMED', ['DISPUTED 1980 1980']],
    ['lost', 'CONFIRMED', ['DISPUTED 1980 1980']],
    ['disputed', 'CONFIRMED', ['DISPUTED 1980 1980']],
    ['won', 'CONFIRMED', []],
    ['open', 'PAYMENT_PROCESSING', ['DISPUTED 1980 1980']],
    ['open', 'CANCELLING', ['DISPUTED 0 1980']],
    ['lost', 'CANCELLED', ['DISPUTED 0 1980']],
    ['lost', 'PAYMENT_FAILED', ['DISPUTED 0 1980']],
  ] as const)('with a dispute that is %s, in %s, is %j', (dispute, status, expected) => {
    expect(differences(payment({ dispute }), order(status))).toEqual(expected);
  });
});

describe('a payment that names an order with another payment', () => {
  const OTHER = { paymentIntentId: 'pi_other' };

  test.each(ORDER_STATUSES)('and holds money is a double payment in %s', (status) => {
    expect(differences(payment(), order(status, OTHER))).toEqual(['DOUBLE_PAYMENT 0 1980']);
  });

  test.each([
    ['was returned', payment({ returned: 1_980 }), []],
    ['has taken nothing', payment({ received: 0, status: 'cancelled' }), []],
    ['is disputed', payment({ dispute: 'open' }), ['DISPUTED 0 1980']],
  ])('and %s is no double payment', (_claim, of, expected) => {
    expect(differences(of, order('CONFIRMED', OTHER))).toEqual(expected);
  });
});

describe('a payment that names an order without a payment', () => {
  const NONE = { paymentIntentId: null };

  test.each([
    ['PENDING', []],
    ['PAYMENT_PROCESSING', []],
    ['CONFIRMED', ['AMOUNT_MISMATCH 1980 1980']],
    ['PAYMENT_FAILED', ['AMOUNT_MISMATCH 0 1980']],
    ['CANCELLING', ['AMOUNT_MISMATCH 0 1980']],
    ['CANCELLED', ['AMOUNT_MISMATCH 0 1980']],
  ] as const)('and holds money is, in %s, %j', (status, expected) => {
    expect(differences(payment(), order(status, NONE))).toEqual(expected);
  });

  test('and has taken nothing is no difference', () => {
    for (const status of ORDER_STATUSES)
      expect(differences(payment({ received: 0, status: 'declined' }), order(status, NONE))).toEqual([]);
  });
});
