import { describe, expect, it } from '@jest/globals';
import { check } from '../drills/checker/check.js';
import { type Case, DEMANDS, itCatches } from './drill-support/checker-cases.js';
import { created, type DrillEvidence, input } from './drill-support/drill-evidence.js';
import { soundDrill } from './drill-support/sound-drill.js';

const REFUSALS: readonly Case[] = [
  [
    12,
    /the gateway refuses it \(payment_refused\), and captured 1 times/,
    (drill) => drill.draft.ledger.push({ ...drill.ledgerOf('order-a'), orderId: 'order-l' }),
  ],
  [
    12,
    /it is CONFIRMED, and the gateway refuses it \(payment_refused\)/,
    (drill) => (drill.storedOrder('order-l').status = 'CONFIRMED'),
  ],
  [
    12,
    /it failed by card_declined, and the gateway refuses it by payment_refused/,
    (drill) =>
      (drill.storedOrder('order-l').failure = { code: 'card_declined', message: 'It was declined.' }),
  ],
  [
    12,
    /it failed by payment_refused, and the gateway refuses it by amount_too_small/,
    (drill) => (drill.storedOrder('order-l').total.amount = 49),
  ],
  [
    12,
    /1 attempts failed or were given up without a fault/,
    (drill) => {
      attempt(drill, 'PAYMENT_ATTEMPT_FAILED', 2_000);
    },
  ],
  [
    12,
    /1 attempts failed or were given up without a fault/,
    (drill) => {
      // A second before the fault.
      attempt(drill, 'PAYMENT_ATTEMPT_FAILED', 19_000);
    },
  ],
  [
    12,
    /1 attempts failed or were given up without a fault/,
    (drill) => {
      attempt(drill, 'DEAD_LETTERED', 2_000);
    },
  ],
];

const WRONG_CHARGES: readonly Case[] = [
  [
    4,
    /it is CONFIRMED, and 100 of 3500 is kept/,
    (drill) => (drill.storedOrder('order-m').status = 'CONFIRMED'),
  ],
  [
    4,
    /it is CONFIRMED, and the gateway took 3500 jpy for it/,
    (drill) => {
      const wrong = { orderId: 'order-a', asked: { amount: 3_500, currency: 'eur' } };
      drill.draft.wrongCharges.push({ ...wrong, charged: { amount: 3_500, currency: 'jpy' } });
      drill.ledgerOf('order-a').currency = 'jpy';
    },
  ],
  [4, /35 eur was asked for, to be paid is 3500 eur/, (drill) => (wrongCharge(drill).asked.amount = 35)],
  [4, /3500 usd was asked for/, (drill) => (wrongCharge(drill).asked.currency = 'usd')],
  [4, /100 was taken of 3500/, (drill) => drill.draft.wrongCharges.shift()],
  [4, /3500 was taken of 100/, (drill) => (drill.ledgerOf('order-m').captured = 3_500)],
  [4, /3500 of 100 is kept/, (drill) => (drill.ledgerOf('order-m').captured = 3_500)],
  [4, /charged in usd, to be paid in EUR/, (drill) => (drill.ledgerOf('order-m').currency = 'usd')],
  [
    4,
    /it is CANCELLED, and 100 is kept/,
    (drill) => Object.assign(drill.ledgerOf('order-n'), { refunded: 0, refunds: 0 }),
  ],
];

describe('the drill checker reports mishandled refusals and wrong charges', () => {
  itCatches([...REFUSALS, ...WRONG_CHARGES]);
});

describe('the drill checker accepts', () => {
  it.each<readonly [string, (drill: DrillEvidence) => unknown]>([
    [
      'failed attempts of a refused order during a fault',
      (drill) => {
        attempt(drill, 'PAYMENT_ATTEMPT_FAILED', 21_000);
      },
    ],
    [
      'failed attempts of a refused order while faults are healed',
      (drill) => {
        Object.assign(drill.storedOrder('order-l'), { createdAt: at(95_000) });
        attempt(drill, 'PAYMENT_ATTEMPT_FAILED', 96_000);
      },
    ],
    [
      'a refused order whose dead letter an operator discarded',
      (drill) => {
        const used = input('key-o', { paymentMethod: 'pm_used_visa' });
        drill.call('o made', 'bob', used, created('order-o', 'key-o'));
        drill.order('order-o', 'bob', used, 'givenUp');
        drill.deadLetter('letter-8', 'order-o', 'DISCARDED');
        const order = drill.storedOrder('order-o');
        order.failure = { code: 'given_up', message: 'It was given up.' };
        for (const event of order.events.slice(2)) event.occurredAt = at(22_000);
      },
    ],
    [
      'an order that either of two payment methods may have made',
      (drill) => {
        const lost = { type: 'info', error: { code: 'TIMEOUT', message: '' } } as const;
        drill.draft.final.byKey = drill.draft.final.byKey.filter(({ key }) => key !== 'key-k');
        const used = input('key-k', { paymentMethod: 'pm_used_visa', intent: 'other-input' });
        drill.call('k with a used card', 'bob', used, lost);
        drill.call(
          'k looked up again',
          'bob',
          { name: 'orderByIdempotencyKey', key: 'key-k' },
          { type: 'ok', answer: null },
        );
        drill.order('order-k', 'bob', input('key-k'), 'confirmed');
      },
    ],
  ])('%s', (_, change) => {
    const drill = soundDrill();
    change(drill);
    const { invariants } = check(drill.draft, DEMANDS);
    expect(invariants.flatMap(({ violations }) => violations.map(({ what }) => what))).toEqual([]);
  });
});

function at(milliseconds: number): string {
  return new Date(Date.parse('2030-01-01T00:00:00.000Z') + milliseconds).toISOString();
}

/** @param occurredAt the time of an event before the refused order's last one, in ms after the run's start */
function attempt(drill: DrillEvidence, type: string, occurredAt: number): void {
  const order = drill.storedOrder('order-l');
  const [first, second, last] = order.events;
  if (first === undefined || second === undefined || last === undefined) throw new RangeError('no events');
  const failed = { ...second, type, previousStatus: 'PAYMENT_PROCESSING', occurredAt: at(occurredAt) };
  order.events = [first, second, { ...failed, version: 3 }, { ...last, version: 4 }];
  order.version = 4;
  Object.assign(drill.row('order-l'), { version: 4, eventCount: 4 });
}

function wrongCharge({ draft }: DrillEvidence) {
  const [first] = draft.wrongCharges;
  if (first === undefined) throw new RangeError('there is no wrong charge');
  return first;
}
