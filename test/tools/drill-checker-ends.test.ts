import { describe } from '@jest/globals';
import { type Case, itCatches } from './drill-support/checker-cases.js';
import { type DrillEvidence } from './drill-support/drill-evidence.js';

const OUTBOX: readonly Case[] = [
  [
    7,
    /message 5 \(charge-order\) waits at rest/,
    (drill) => drill.draft.dump.waitingMessages.push({ id: '5', orderId: 'order-a', kind: 'charge-order' }),
  ],
  [
    7,
    /the oldest message had waited for 1000 ms/,
    (drill) => Object.assign(sample(drill, 1), { oldestPendingMs: 1_000 }),
  ],
];

const DEAD_LETTERS: readonly Case[] = [
  [
    8,
    /PAYMENT_PROCESSING, and has 0 open/,
    (drill) => {
      settle(drill, 'letter-2');
    },
  ],
  [
    8,
    /\[CHARGE OPEN, CHARGE RETRIED\], and it has \[CHARGE RETRIED, CHARGE RETRIED\]/,
    (drill) => {
      settle(drill, 'letter-2');
    },
  ],
  [
    8,
    /PAYMENT_PROCESSING, and has 2 open/,
    (drill) => {
      drill.deadLetter('letter-9', 'order-e', 'OPEN');
    },
  ],
  [
    8,
    /CONFIRMED, and has 1 open/,
    (drill) => {
      drill.deadLetter('letter-9', 'order-a', 'OPEN');
    },
  ],
  [
    8,
    /has the dead letters \[CHARGE DISCARDED\], and it has \[\]/,
    (drill) => drill.draft.final.deadLetters.splice(2, 1),
  ],
  [8, /it has \[REFUND DISCARDED\]/, (drill) => (letter(drill, 'letter-3').task = 'REFUND')],
  [8, /DISCARDED without a reason/, (drill) => (letter(drill, 'letter-3').reason = null)],
  [8, /a second dead letter was opened/, (drill) => (event(drill, 'order-e', 5).type = 'DEAD_LETTERED')],
  [
    8,
    /one was settled that was not open/,
    (drill) => (event(drill, 'order-e', 3).type = 'PAYMENT_ATTEMPT_FAILED'),
  ],
  [
    8,
    /letter-3 is DISCARDED to the API, RETRIED/,
    (drill) => Object.assign(drill.draft.dump.deadLetters[2] ?? {}, { state: 'RETRIED' }),
  ],
  [8, /letter-1 is not listed by the API/, (drill) => drill.draft.final.deadLetters.shift()],
  [8, /lists a dead letter twice/, (drill) => drill.draft.final.deadLetters.push(letter(drill, 'letter-1'))],
  [
    8,
    /of an order that is not there/,
    (drill) => {
      drill.deadLetter('letter-9', 'order-x', 'OPEN');
    },
  ],
  [
    8,
    /letter-1 is DISCARDED, and it is RETRIED/,
    (drill) => Object.assign(drill.invocation('letter discarded').operation, { id: 'letter-1' }),
  ],
  [
    8,
    /letter-2 is RETRIED, and it is OPEN/,
    (drill) => Object.assign(drill.invocation('letter retried').operation, { id: 'letter-2' }),
  ],
];

const IT_ENDS: readonly Case[] = [
  [9, /rest was not reached/, (drill) => (drill.draft.rest.at = null)],
  [9, /rest took 60001 ms/, (drill) => (drill.draft.rest.at = 160_001)],
  [
    9,
    /it is still PENDING/,
    (drill) => drill.draft.rest.busy.push({ orderId: 'order-a', status: 'PENDING' }),
  ],
];

const NO_EXITS: readonly Case[] = [
  [
    13,
    /api-1 ended at 5 ms by SIGSEGV/,
    (drill) =>
      drill.draft.exits.push({
        at: 5,
        process: 'api-1',
        code: null,
        signal: 'SIGSEGV',
        ready: true,
        lastLines: ['?'],
      }),
  ],
];

describe('the drill checker reports unfinished work', () => {
  itCatches([...OUTBOX, ...DEAD_LETTERS, ...IT_ENDS, ...NO_EXITS]);
});

function event(drill: DrillEvidence, id: string, version: number) {
  const found = drill.storedOrder(id).events[version - 1];
  if (found === undefined) throw new RangeError(`${id} has no version ${version}`);
  return found;
}

function sample(drill: DrillEvidence, index: number) {
  const found = drill.draft.samples[index];
  if (found === undefined) throw new RangeError(`there is no sample ${index}`);
  return found;
}

function letter(drill: DrillEvidence, id: string) {
  const found = drill.draft.final.deadLetters.find((known) => known.id === id);
  if (found === undefined) throw new RangeError(`there is no ${id}`);
  return found;
}

function settle(drill: DrillEvidence, id: string): void {
  letter(drill, id).state = 'RETRIED';
}
