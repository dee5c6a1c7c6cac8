import { describe } from '@jest/globals';
import { type Case, itCatches } from './drill-support/checker-cases.js';
import { created, type DrillEvidence, input, seen } from './drill-support/drill-evidence.js';

const REUSED = { __typename: 'IdempotencyKeyReused' };

const ONE_ORDER_A_KEY: readonly Case[] = [
  [
    1,
    /name two orders/,
    (drill) => (drill.completion('a doubled').answer = created('order-x', 'key-1', true).answer),
  ],
  [
    1,
    /2 answers say that they made/,
    (drill) => (drill.completion('a doubled').answer = created('order-a', 'key-1').answer),
  ],
  [
    1,
    /other input and was not refused/,
    (drill) => (drill.completion('a reused').answer = created('order-a', 'key-1', true).answer),
  ],
  [1, /used with other input, and it was not/, (drill) => (drill.completion('a doubled').answer = REUSED)],
  [
    1,
    /also answered to alice/,
    (drill) => (drill.completion('b retried').answer = created('order-a', 'key-1', true).answer),
  ],
  [
    1,
    /repeats an acknowledged key, and got ProductUnavailable/,
    (drill) => (drill.completion('a reused').answer = { __typename: 'ProductUnavailable' }),
  ],
  [1, /it has no order/, (drill) => (drill.completion('h unavailable').answer = REUSED)],
  [
    1,
    /one key has the orders/,
    (drill) => {
      drill.order('order-a2', 'alice', input('key-1'), 'confirmed');
    },
  ],
  [
    1,
    /one key has the rows/,
    (drill) => drill.draft.dump.orders.push({ ...drill.row('order-a'), id: 'order-a2' }),
  ],
  [
    1,
    /the order is of its input/,
    (drill) => {
      const order = drill.storedOrder('order-a');
      order.items = order.items.slice(1).map((item) => ({ ...item, quantity: 9 }));
    },
  ],
  [1, /none when asked for/, (drill) => (byKey(drill, 'alice', 'key-1').orderId = null)],
  [1, /order-x when asked for/, (drill) => (byKey(drill, 'bob', 'key-h').orderId = 'order-x')],
  [1, /nobody asked in the end/, (drill) => (drill.draft.final.byKey = drill.draft.final.byKey.slice(1))],
  [
    1,
    /found order-c under the key, which is not its order/,
    (drill) => (drill.completion('a looked up').answer = seen('order-c', 'key-c', 'PENDING', 1)),
  ],
];

describe('the drill checker reports broken idempotency keys', () => {
  itCatches([...ONE_ORDER_A_KEY]);
});

function byKey(drill: DrillEvidence, customer: string, key: string) {
  const entry = drill.draft.final.byKey.find((known) => known.customer === customer && known.key === key);
  if (entry === undefined) throw new RangeError(`there is no ${key}`);
  return entry;
}
