import { describe } from '@jest/globals';
import { type Case, itCatches } from './drill-support/checker-cases.js';
import { seen, type DrillEvidence } from './drill-support/drill-evidence.js';

const ONE_CHARGE: readonly Case[] = [
  [4, /2 captures/, (drill) => (drill.ledgerOf('order-a').captures = 2)],
  [4, /2 refunds/, (drill) => (drill.ledgerOf('order-c').refunds = 2)],
  [
    4,
    /3500 was returned of 0/,
    (drill) => Object.assign(drill.ledgerOf('order-c'), { captured: 0, captures: 0 }),
  ],
  [4, /charged in usd, to be paid in EUR/, (drill) => (drill.ledgerOf('order-a').currency = 'usd')],
  [4, /1 was taken of 3500/, (drill) => (drill.ledgerOf('order-a').captured = 1)],
  [4, /1 was returned of 3500/, (drill) => (drill.ledgerOf('order-c').refunded = 1)],
  [4, /it is CONFIRMED, and 0 of 3500 is kept/, (drill) => drill.draft.ledger.shift()],
  [
    4,
    /it is CANCELLED, and 3500 is kept/,
    (drill) => Object.assign(drill.ledgerOf('order-c'), { refunded: 0, refunds: 0 }),
  ],
  [
    4,
    /it is PAYMENT_FAILED, and 3500 is kept/,
    (drill) => drill.draft.ledger.push({ ...drill.ledgerOf('order-a'), orderId: 'order-b' }),
  ],
  [
    4,
    /nobody else does/,
    (drill) => drill.draft.ledger.push({ ...drill.ledgerOf('order-a'), orderId: 'order-x' }),
  ],
  [4, /names an order twice/, (drill) => drill.draft.ledger.push(drill.ledgerOf('order-a'))],
  [
    4,
    /7000 of 3500 is kept/,
    (drill) => drill.draft.ledger.push({ ...drill.ledgerOf('order-a'), orderId: 'order-e', captured: 7_000 }),
  ],
];

const STATE_MACHINE: readonly Case[] = [
  [
    5,
    /PAYMENT_SUCCEEDED took it PAYMENT_PROCESSING → CANCELLED/,
    (drill) => (event(drill, 'order-a', 3).status = 'CANCELLED'),
  ],
  [
    5,
    /PAYMENT_DECLINED took it PAYMENT_PROCESSING → CONFIRMED/,
    (drill) => (event(drill, 'order-a', 3).type = 'PAYMENT_DECLINED'),
  ],
  [
    5,
    /ORDER_CANCELLED took it CANCELLED → CONFIRMED/,
    (drill) => {
      revive(drill);
    },
  ],
  [5, /version 4 follows version 2/, (drill) => (event(drill, 'order-a', 3).version = 4)],
  [
    5,
    /leaves PENDING, and it was PAYMENT_PROCESSING/,
    (drill) => (event(drill, 'order-a', 3).previousStatus = 'PENDING'),
  ],
  [5, /an event of order-x/, (drill) => (event(drill, 'order-a', 3).orderId = 'order-x')],
  [
    5,
    /CONFIRMED with a failure/,
    (drill) => (drill.storedOrder('order-a').failure = { code: 'x', message: 'y' }),
  ],
  [5, /PAYMENT_FAILED without a failure/, (drill) => (drill.storedOrder('order-b').failure = null)],
  [
    5,
    /showed CANCELLED in version 3, which is CONFIRMED/,
    (drill) => (drill.completion('a read').answer = seen('order-a', 'key-1', 'CANCELLED', 3)),
  ],
  [
    5,
    /in version 9, which is not there/,
    (drill) => (drill.completion('a read').answer = seen('order-a', 'key-1', 'CONFIRMED', 9)),
  ],
  [
    5,
    /showed version 2 after #\d+ had shown version 3/,
    (drill) => (drill.completion('a looked up').answer = seen('order-a', 'key-1', 'PAYMENT_PROCESSING', 2)),
  ],
  [
    5,
    /showed version 1 after #\d+ had shown version 2/,
    (drill) => (drill.completion('a read').answer = seen('order-a', 'key-1', 'PENDING', 1)),
  ],
];

const SUBSCRIPTIONS: readonly Case[] = [
  [
    6,
    /was sent version 3 after version 1/,
    (drill) =>
      (drill.draft.frames = drill.draft.frames.filter((frame) => frame !== drill.frames('b watched')[1])),
  ],
  [
    6,
    /was sent version 2 after version 2/,
    (drill) => {
      duplicate(drill);
    },
  ],
  [
    6,
    /was sent version 3 after version 1/,
    (drill) => Object.assign(drill.invocation('a resumed').operation, { afterVersion: 1 }),
  ],
  [6, /which is not stored/, (drill) => (lastFrame(drill, 'a resumed').event.version = 4)],
  ...(['type', 'status', 'previousStatus', 'detail', 'occurredAt', 'orderId'] as const).map((field): Case => [
    6,
    new RegExp(`with another ${field} than is stored`),
    (drill) => (lastFrame(drill, 'a resumed').event[field] = 'other'),
  ]),
  [
    6,
    /was not completed, and it is CANCELLED/,
    (drill) => Object.assign(drill.end('d watched'), { how: 'left', at: 130_000 }),
  ],
  [6, /was completed after version 2/, (drill) => (drill.end('a watched').how = 'complete')],
  [
    6,
    /was completed after version 3; the order is PAYMENT_FAILED/,
    (drill) => (drill.end('b watched').how = 'complete'),
  ],
  [
    6,
    /was completed after version 3; the order is CONFIRMED/,
    (drill) => (drill.end('a resumed').how = 'complete'),
  ],
  [
    6,
    /stayed to the end and saw version 2 of 3/,
    (drill) => drill.draft.frames.splice(drill.draft.frames.indexOf(lastFrame(drill, 'a resumed')), 1),
  ],
  [
    6,
    /own order does not exist/,
    (drill) =>
      Object.assign(drill.end('a watched'), { how: 'error', error: { code: 'NOT_FOUND', message: '' } }),
  ],
  [
    6,
    /was sent events of another customer's order/,
    (drill) =>
      drill.draft.frames.push({
        ...lastFrame(drill, 'a resumed'),
        call: drill.callNumber('a watched by bob'),
      }),
  ],
  [6, /could tell from the end/, (drill) => (drill.end('a watched by bob').how = 'complete')],
  [
    6,
    /could tell from the end/,
    (drill) => (drill.end('a watched by bob').error = { code: 'FORBIDDEN', message: 'No.' }),
  ],
  [
    6,
    /showed bob another customer's order/,
    (drill) => (drill.completion('a read by bob').answer = seen('order-a', 'key-1', 'CONFIRMED', 3)),
  ],
];

describe('the drill checker reports wrong charges, transitions and subscriptions', () => {
  itCatches([...ONE_CHARGE, ...STATE_MACHINE, ...SUBSCRIPTIONS]);
});

function event(drill: DrillEvidence, id: string, version: number) {
  const found = drill.storedOrder(id).events[version - 1];
  if (found === undefined) throw new RangeError(`${id} has no version ${version}`);
  return found;
}

/** Adds an event that leaves a final status. */
function revive(drill: DrillEvidence): void {
  const order = drill.storedOrder('order-d');
  const { orderId, occurredAt } = event(drill, 'order-d', 2);
  const back = { version: 3, type: 'ORDER_CANCELLED', status: 'CONFIRMED', previousStatus: 'CANCELLED' };
  order.events.push({ orderId, occurredAt, detail: null, ...back });
}

function lastFrame(drill: DrillEvidence, label: string) {
  const frame = drill.frames(label).at(-1);
  if (frame === undefined) throw new RangeError(`${label} has no frame`);
  return frame;
}

function duplicate(drill: DrillEvidence): void {
  const [, second] = drill.frames('b watched');
  if (second === undefined) throw new RangeError('there is no second frame');
  drill.draft.frames.splice(drill.draft.frames.indexOf(second), 0, { ...second });
}
