import { describe, expect, it } from '@jest/globals';
import { check } from '../drills/checker/check.js';
import { orderKeyOf } from '../drills/checker/moved-money.js';
import { type Case, DEMANDS, itCatches } from './drill-support/checker-cases.js';
import { created, type DrillEvidence, input, seen } from './drill-support/drill-evidence.js';
import { EARLY_ID, lossyDrill } from './drill-support/lossy-drill.js';

const LOST: readonly Case[] = [
  [2, /the acknowledged order order-lp is lost/, (drill) => Object.assign(rewind(drill), { from: 31_000 })],
  [2, /the acknowledged order order-lq is lost/, (drill) => (drill.draft.rewinds = [])],
  [
    2,
    /the acknowledged order order-lp was lost, and its customer can't order it again/,
    (drill) => Object.assign(drill.completion('p again').answer as object, { __typename: 'PriceChanged' }),
  ],
  [
    2,
    /showed an order that is not there/,
    (drill) => {
      const answer = seen('order-lp', 'key-lp', 'CONFIRMED', 3);
      drill.call(
        'p read late',
        'alice',
        { name: 'order', id: 'order-lp', owner: 'alice' },
        { type: 'ok', answer },
      );
    },
  ],
  [
    1,
    /answers name two orders: order-p2 and, #\d+, order-a/,
    (drill) => drill.call('p third', 'alice', input('key-lp'), created('order-a', 'key-lp', true)),
  ],
  [
    1,
    /2 answers say that they made the order/,
    (drill) => drill.call('p third', 'alice', input('key-lp'), created('order-p2', 'key-lp')),
  ],
];

const CHARGES: readonly Case[] = [
  [
    4,
    /its key was captured 2 times: pi-order-p2, pi-order-lp/,
    (drill) => {
      drill.payment('order-lp', orderKeyOf('alice', 'key-lp'), { captured: 3_500, refunds: 0 });
    },
  ],
  [
    4,
    /the gateway knows it, and nobody else does/,
    (drill) => {
      drill.payment(EARLY_ID, orderKeyOf('bob', 'key-v'), { captured: 3_500, refunds: 0 });
    },
  ],
  [
    4,
    /the gateway lists 3500 as taken and 0 as returned, and its ledger 3500 and 3500/,
    (drill) => Object.assign(drill.ledgerOf('order-a'), { refunded: 3_500, refunds: 1 }),
  ],
  [
    4,
    /it is CONFIRMED, and 0 of 3500 is kept/,
    (drill) => {
      Object.assign(drill.ledgerOf('order-a'), { refunded: 3_500, refunds: 1 });
      drill.paymentOf('order-a').returned = 3_500;
      drill.discrepancy({ kind: 'REFUNDED_OUTSIDE', orderId: 'order-a', foundAmount: 0 });
    },
  ],
  [4, /2 refunds/, (drill) => (drill.ledgerOf('order-lr').refunds = 2)],
];

const SEEN: readonly Case[] = [
  [
    5,
    /showed CANCELLED in version 3, which is CONFIRMED in the history/,
    (drill) => {
      const answer = seen('order-s', 'key-s', 'CANCELLED', 3);
      drill.call(
        's read late',
        'alice',
        { name: 'order', id: 'order-s', owner: 'alice' },
        { type: 'ok', answer },
      );
    },
  ],
  [
    5,
    /showed version 2 after #\d+ had shown version 3/,
    (drill) => {
      const read = { name: 'order', id: 'order-s', owner: 'alice' } as const;
      const found = (status: string, version: number) =>
        ({ type: 'ok', answer: seen('order-s', 'key-s', status, version) }) as const;
      drill.call('s read', 'alice', read, found('CONFIRMED', 3));
      drill.call('s read again', 'alice', read, found('PAYMENT_PROCESSING', 2));
    },
  ],
  [
    6,
    /was sent version 3 with another occurredAt than is stored/,
    (drill) => {
      for (const frame of drill.frames('s watched')) frame.at += 8_000;
    },
  ],
  [
    8,
    /was told that letter-gone is RETRIED, and it is not there/,
    (drill) => {
      moveAfterTheLoss(drill, 'lost decision');
    },
  ],
  [
    10,
    /cancelled it, and was told CANCELLING; in the end it is CONFIRMED/,
    (drill) => {
      moveAfterTheLoss(drill, 'lr cancelled');
    },
  ],
  [
    10,
    /was told that an acknowledged order does not exist/,
    (drill) => {
      const answer = { __typename: 'OrderNotFound' };
      drill.call('s cancelled', 'alice', { name: 'cancelOrder', orderId: 'order-s' }, { type: 'ok', answer });
    },
  ],
];

const NOTICED: readonly Case[] = [
  [
    11,
    /restore-postgres made PostgreSQL lose commits, and nobody noticed/,
    (drill) => drill.draft.samples.pop(),
  ],
  [
    11,
    /at 3500 ms lost commits were suspected: its newest beat is 1, and 2 was seen before/,
    (drill) =>
      Object.assign(drill.draft.samples[2] ?? {}, {
        gapReason: 'its newest beat is 1, and 2 was seen before',
      }),
  ],
];

describe('the drill checker, where PostgreSQL has lost commits,', () => {
  it('finds nothing in a run in which customers, gateway and tables agree on what is left', () => {
    const { invariants, vacuous } = check(lossyDrill().draft, DEMANDS);
    expect(invariants.flatMap(({ violations }) => violations.map(({ what }) => what))).toEqual([]);
    expect(vacuous).toEqual([]);
  });

  it('accepts that a customer is told that an order is gone', () => {
    const drill = lossyDrill();
    const answer = { __typename: 'OrderNotFound' };
    drill.call('p cancelled', 'alice', { name: 'cancelOrder', orderId: 'order-lp' }, { type: 'ok', answer });
    expect(check(drill.draft, DEMANDS).holds).toBe(true);
  });

  it('accepts that two losses in quick succession are noticed together', () => {
    const drill = lossyDrill();
    const { fault, from } = rewind(drill);
    drill.draft.rewinds.unshift({ fault, from: from - 20, until: from - 10, backAt: from - 5 });
    expect(check(drill.draft, DEMANDS).holds).toBe(true);
  });

  it('accepts that an order is lost by the second of two losses in quick succession', () => {
    const drill = lossyDrill();
    const { fault, from } = rewind(drill);
    const { at } = drill.invocation('lp made');
    drill.draft.rewinds.unshift({ fault, from: from - 20, until: at + 1, backAt: at + 2 });
    expect(check(drill.draft, DEMANDS).holds).toBe(true);
  });

  it('says where no acknowledged order was lost, as nothing was shown then', () => {
    const { draft } = lossyDrill();
    draft.rewinds.push({ fault: 'promote-lagging-standby', from: 50_000, until: 53_000, backAt: 54_000 });
    const { holds, vacuous } = check(draft, DEMANDS);
    expect(vacuous).toEqual(['no acknowledged order was lost by promote-lagging-standby']);
    expect(holds).toBe(false);
  });

  itCatches([...LOST, ...CHARGES, ...SEEN, ...NOTICED], lossyDrill);
});

function rewind({ draft }: DrillEvidence) {
  const [first] = draft.rewinds;
  if (first === undefined) throw new RangeError('there is no loss');
  return first;
}

function moveAfterTheLoss(drill: DrillEvidence, label: string): void {
  drill.invocation(label).at = drill.now;
  drill.completion(label).at = drill.now + 10;
}
