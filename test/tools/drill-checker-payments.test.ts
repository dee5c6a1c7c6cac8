import { describe } from '@jest/globals';
import { type Case, itCatches } from './drill-support/checker-cases.js';
import { type DrillEvidence, seen } from './drill-support/drill-evidence.js';

const STATUSES: readonly Case[] = [
  [
    5,
    /PAYMENT_REQUESTED took it REQUIRES_ACTION → PENDING/,
    (drill) => (event(drill, 'order-q', 5).previousStatus = 'REQUIRES_ACTION'),
  ],
  [
    5,
    /PAYMENT_ACTION_REQUIRED took it PENDING → REQUIRES_ACTION/,
    (drill) => (event(drill, 'order-p', 3).previousStatus = 'PENDING'),
  ],
  [
    8,
    /it is REQUIRES_ACTION, and has 0 open dead letters/,
    (drill) => (drill.storedOrder('order-p').status = 'REQUIRES_ACTION'),
  ],
  [
    9,
    /it is still REQUIRES_ACTION/,
    (drill) => drill.draft.rest.busy.push({ orderId: 'order-p', status: 'REQUIRES_ACTION' }),
  ],
  [3, /1 messages, and 2 were due/, (drill) => (drill.row('order-q').messageCount = 1)],
];

const MONEY: readonly Case[] = [
  [4, /2 captures/, (drill) => Object.assign(drill.ledgerOf('order-q'), { captures: 2, captured: 7_000 })],
  [
    4,
    /its key was captured 2 times: pi-order-q, pi-late/,
    (drill) => (drill.paymentNamed('pi-late').received = 3_500),
  ],
  [
    4,
    /it is CONFIRMED, and the customer can still pay by pi-late/,
    (drill) => (drill.paymentNamed('pi-late').waitsForCustomer = true),
  ],
  [4, /it is CONFIRMED, and 0 of 3500 is kept/, (drill) => drill.draft.ledger.splice(ledgerIndex(drill), 1)],
];

const ANSWERS: readonly Case[] = [
  [10, /got "what\?"/, (drill) => (drill.completion('q paid').answer = 'what?')],
  [10, /got "what\?"/, (drill) => (drill.completion('p completed').answer = 'what?')],
  [
    10,
    /paid another order than it named/,
    (drill) => {
      answer(drill, 'q paid', {
        ...{ __typename: 'PayOrderSuccess', replayed: false },
        order: seen('order-p', 'key-p', 'CONFIRMED', 5),
      });
    },
  ],
  [
    10,
    /can't be paid again in PAYMENT_FAILED/,
    (drill) => {
      answer(drill, 'q not payable', { __typename: 'OrderNotPayable', status: 'PAYMENT_FAILED' });
    },
  ],
  [
    10,
    /can't be paid again in CANCELLED/,
    (drill) => {
      answer(drill, 'q not payable', { __typename: 'OrderNotPayable', status: 'CANCELLED' });
    },
  ],
  [
    10,
    /its key is used otherwise/,
    (drill) => {
      answer(drill, 'q not payable', { __typename: 'IdempotencyKeyReused' });
    },
  ],
  ...['q not payable', 'p completed'].map((label): Case => [
    10,
    /acknowledged order does not exist/,
    (drill) => {
      answer(drill, label, { __typename: 'OrderNotFound' });
    },
  ]),
  [
    10,
    /it was paid again 1 times, and its customer can have done so 0 times/,
    (drill) => {
      forget(drill, 'q in doubt', 'q paid', 'q paid twice');
    },
  ],
  [
    10,
    /it was paid again 1 times, and its customer was told so 2 times/,
    (drill) => Object.assign(drill.invocation('q paid twice').operation, { key: 'again-q-3' }),
  ],
  [
    10,
    /nothing ever settled what became of the payment under again-q/,
    (drill) => {
      forget(drill, 'q paid', 'q paid twice');
    },
  ],
];

describe('the drill checker reports wrong payments that need the customer, or are paid again', () => {
  itCatches([...STATUSES, ...MONEY, ...ANSWERS]);
});

function event(drill: DrillEvidence, id: string, version: number) {
  const found = drill.storedOrder(id).events[version - 1];
  if (found === undefined) throw new RangeError(`${id} has no version ${version}`);
  return found;
}

function ledgerIndex({ draft }: DrillEvidence): number {
  return draft.ledger.findIndex(({ orderId }) => orderId === 'order-q');
}

function answer(drill: DrillEvidence, label: string, answer: unknown): void {
  drill.completion(label).answer = answer;
}

function forget(drill: DrillEvidence, ...labels: readonly string[]): void {
  const calls = labels.map((label) => drill.callNumber(label));
  drill.draft.history = drill.draft.history.filter(({ call }) => !calls.includes(call));
}
