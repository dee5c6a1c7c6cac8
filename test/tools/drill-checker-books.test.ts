import { describe, expect, it } from '@jest/globals';
import { check } from '../drills/checker/check.js';
import { differencesOf } from '../drills/checker/differences.js';
import type { DiscrepancyKind, GatewayPayment } from '../drills/money.js';
import type { TableDump } from '../drills/table-dump.js';
import { type Case, DEMANDS, itCatches } from './drill-support/checker-cases.js';
import type { DrillEvidence } from './drill-support/drill-evidence.js';
import { EARLY_ID } from './drill-support/lossy-drill.js';
import { soundDrill } from './drill-support/sound-drill.js';

type StoredOrder = TableDump['orders'][number];

const PAYMENT: GatewayPayment = {
  id: 'pi-1',
  orderId: 'order-1',
  orderKey: null,
  createdAt: '2030-01-01T00:00:01.000Z',
  currency: 'EUR',
  received: 3_500,
  returned: 0,
  dispute: 'none',
  waitsForCustomer: false,
};
const CONFIRMED: StoredOrder = {
  id: 'order-1',
  customerId: 'alice',
  idempotencyKey: 'key-1',
  status: 'CONFIRMED',
  version: 3,
  totalAmount: 3_500,
  currency: 'EUR',
  lastEvent: 'PAYMENT_SUCCEEDED',
  itemCount: 1,
  eventCount: 3,
  messageCount: 1,
};

interface Situation {
  readonly payment?: Partial<GatewayPayment>;
  /** null: it is not stored. */
  readonly order?: Partial<StoredOrder> | null;
  /** null: none is stored. By default this one. */
  readonly counts?: string | null;
}

/** What must be listed; a kind in brackets may be. */
const SITUATIONS: readonly (readonly [string, Situation, readonly string[]])[] = [
  ['a confirmed order that is paid', {}, []],
  ['a payment that was not taken', { payment: { received: 0 }, order: { status: 'PAYMENT_FAILED' } }, []],
  ['money for no order', { order: null }, ['ORPHAN_PAYMENT 3500']],
  ['money for no order, returned', { order: null, payment: { returned: 3_500 } }, []],
  ['a second payment', { counts: 'pi-2' }, ['DOUBLE_PAYMENT 3500']],
  ['a second payment, returned', { counts: 'pi-2', payment: { returned: 3_500 } }, []],
  [
    'money for a cancelled order without a payment',
    { counts: null, order: { status: 'CANCELLED' } },
    ['AMOUNT_MISMATCH 3500'],
  ],
  [
    'money for an order that is to be charged',
    { counts: null, order: { status: 'PENDING' } },
    ['(AMOUNT_MISMATCH)'],
  ],
  [
    "another amount than the order's",
    { payment: { received: 100 }, order: { status: 'PAYMENT_PROCESSING' } },
    ['AMOUNT_MISMATCH 100'],
  ],
  ["another currency than the order's", { payment: { currency: 'USD' } }, ['AMOUNT_MISMATCH 3500']],
  ['a confirmed order without money', { payment: { received: 0 } }, ['AMOUNT_MISMATCH 0']],
  ['money for a failed order', { order: { status: 'PAYMENT_FAILED' } }, ['AMOUNT_MISMATCH 3500']],
  ['money that was returned in part', { payment: { returned: 500 } }, ['REFUNDED_OUTSIDE 3000']],
  ['money that was returned in whole', { payment: { returned: 3_500 } }, ['REFUNDED_OUTSIDE 0']],
  [
    'what was returned of a dead letter',
    { payment: { returned: 500 }, order: { status: 'PAYMENT_PROCESSING' } },
    ['(REFUNDED_OUTSIDE)'],
  ],
  ['a refund that has failed', { order: { status: 'CANCELLED' } }, ['REFUND_FAILED 3500']],
  ['money that an operator settled', { order: { status: 'CANCELLED', lastEvent: 'SETTLED_OUTSIDE' } }, []],
  ['a refund that is still to come', { order: { status: 'CANCELLING' } }, []],
  ['an open dispute', { payment: { dispute: 'open' } }, ['DISPUTED 3500']],
  ['a lost dispute', { payment: { dispute: 'lost' } }, ['DISPUTED 3500']],
  ['a dispute that was won', { payment: { dispute: 'won' } }, []],
  [
    'a dispute of a cancelled order',
    { payment: { dispute: 'lost' }, order: { status: 'CANCELLED' } },
    ['DISPUTED 3500', '(REFUND_FAILED)'],
  ],
];

describe('a payment and its order differ', () => {
  it.each(SITUATIONS)('as the contract says: %s', (_, { payment, order = {}, counts = 'pi-1' }, expected) => {
    const stored = order === null ? undefined : { ...CONFIRMED, ...order };
    const found = differencesOf({ ...PAYMENT, ...payment }, stored, counts ?? undefined);
    expect(
      found.map(({ kind, isDue, found: [amount = -1] }) => (isDue ? `${kind} ${amount}` : `(${kind})`)),
    ).toEqual(expected);
  });
});

const LISTED: readonly Case[] = [
  [
    11,
    /pi-order-m: AMOUNT_MISMATCH is not listed/,
    (drill) => {
      remove(drill, 'AMOUNT_MISMATCH');
    },
  ],
  [
    11,
    /pi-order-m: AMOUNT_MISMATCH is not listed/,
    (drill) => Object.assign(row(drill), { state: 'RESOLVED', resolvedBy: 'reconciliation' }),
  ],
  [
    11,
    /pi-order-m: AMOUNT_MISMATCH is listed with 99 found, and it is 100/,
    (drill) => (row(drill).foundAmount = 99),
  ],
  [
    11,
    /AMOUNT_MISMATCH is listed for order-a, and belongs to order-m/,
    (drill) => (row(drill).orderId = 'order-a'),
  ],
  [
    11,
    /AMOUNT_MISMATCH is listed 2 times/,
    (drill) => {
      drill.discrepancy({ kind: 'AMOUNT_MISMATCH', orderId: 'order-m', foundAmount: 100 });
    },
  ],
  [
    11,
    /pi-order-a: DISPUTED is listed \(discrepancy-2\), and there is no such difference/,
    (drill) => {
      drill.discrepancy({ kind: 'DISPUTED', orderId: 'order-a' });
    },
  ],
  [
    11,
    /DISPUTED of pi-order-a was listed .*, and nothing in the run can have caused it/,
    (drill) => {
      const closed = { state: 'RESOLVED', resolvedBy: 'reconciliation' } as const;
      drill.discrepancy({ kind: 'DISPUTED', orderId: 'order-a', ...closed });
    },
  ],
  [
    11,
    /discrepancy-2 is about pi-none, which is no payment/,
    (drill) => {
      drill.discrepancy({ kind: 'ORPHAN_PAYMENT' });
    },
  ],
  [11, /the API lists \[\], and the tables \[/, (drill) => (drill.draft.final.discrepancies = [])],
  [
    11,
    /it counts as missing, named by a job, and was never lost/,
    (drill) => drill.draft.dump.missingOrders.push({ orderId: EARLY_ID, namedBy: 'job' }),
  ],
  [
    11,
    /was told that ACCEPT of discrepancy-1 is done, and it is OPEN/,
    (drill) => {
      decide(drill, 'ACCEPT');
    },
  ],
];

const OWN: readonly Case[] = [
  [
    12,
    /the payment pi-order-a is of another customer or key/,
    (drill) => (drill.paymentOf('order-a').orderKey = drill.paymentOf('order-c').orderKey),
  ],
  [
    12,
    /its payment pi-order-a names the order order-c/,
    (drill) => (drill.paymentOf('order-a').orderId = 'order-c'),
  ],
  [
    12,
    /its payment pi-gone is not the gateway's/,
    (drill) => drill.draft.dump.payments.push({ orderId: 'order-b', paymentId: 'pi-gone' }),
  ],
];

describe('the drill checker judges the books:', () => {
  itCatches([...LISTED, ...OWN]);

  it.each<readonly [string, (drill: DrillEvidence) => void]>([
    ['money that a fault returned, which is listed', returnOutside],
    [
      'a difference that an operator has accepted',
      (drill) => {
        decide(drill, 'ACCEPT');
        Object.assign(row(drill), { state: 'RESOLVED', resolvedBy: 'operator' });
        Object.assign(drill.draft.final.discrepancies[0] ?? {}, { state: 'RESOLVED' });
      },
    ],
    [
      "an operator's refund that is under way",
      (drill) => {
        decide(drill, 'REFUND');
        row(drill).refundBy = 'operator';
      },
    ],
  ])('accepts %s', (_, change) => {
    const drill = soundDrill();
    change(drill);
    const { invariants } = check(drill.draft, DEMANDS);
    expect(invariants.flatMap(({ violations }) => violations.map(({ what }) => what))).toEqual([]);
  });
});

function row({ draft }: DrillEvidence) {
  const [first] = draft.dump.discrepancies;
  if (first === undefined) throw new RangeError('there is no discrepancy');
  return first;
}

function remove({ draft }: DrillEvidence, kind: DiscrepancyKind): void {
  draft.dump.discrepancies = draft.dump.discrepancies.filter((entry) => entry.kind !== kind);
}

function decide(drill: DrillEvidence, action: 'ACCEPT' | 'REFUND'): void {
  const answer = { __typename: 'PaymentDiscrepancySuccess' };
  const decision = { name: 'resolvePaymentDiscrepancy', id: 'discrepancy-1', action } as const;
  drill.call('decided', 'operator', decision, { type: 'ok', answer });
}

function returnOutside(drill: DrillEvidence): void {
  Object.assign(drill.ledgerOf('order-a'), { refunded: 3_500, refunds: 1 });
  drill.paymentOf('order-a').returned = 3_500;
  drill.draft.outside.push({ at: 40_000, paymentId: 'pi-order-a', kind: 'refund' });
  drill.discrepancy({ kind: 'REFUNDED_OUTSIDE', orderId: 'order-a', foundAmount: 0 });
}
