import { describe } from '@jest/globals';
import { type Case, itCatches } from './drill-support/checker-cases.js';
import { input, type DrillEvidence, seen } from './drill-support/drill-evidence.js';

const NOTHING_LOST: readonly Case[] = [
  [2, /acknowledged order order-a is lost/, (drill) => drill.draft.final.orders.shift()],
  [2, /was acknowledged under key-c/, (drill) => (drill.storedOrder('order-c').idempotencyKey = 'key-z')],
  [
    2,
    /acknowledged to alice, and is listed by bob/,
    (drill) => {
      drill.draft.final.listed['alice'] = ['order-c', 'order-d'];
      drill.draft.final.listed['bob'] = ['order-a', 'order-b'];
    },
  ],
  [
    2,
    /showed an order that is not there/,
    (drill) => (drill.completion('a read').answer = seen('order-x', 'key-x', 'PENDING', 1)),
  ],
  [
    2,
    /with another key or total/,
    (drill) => {
      const total = { amount: 1, currency: 'EUR' };
      drill.completion('a read').answer = { ...seen('order-a', 'key-1', 'CONFIRMED', 3), total };
    },
  ],
  [
    2,
    /nobody ever attempted/,
    (drill) => {
      drill.order('order-x', 'alice', input('key-x'), 'confirmed');
    },
  ],
  [
    2,
    /no attempt under its key can have made it/,
    (drill) => {
      drill.order('order-j', 'bob', input('key-j', { items: [{ sku: 'cup', quantity: 0 }] }), 'confirmed');
    },
  ],
  [
    2,
    /no attempt under its key can have made it/,
    (drill) => {
      drill.order('order-k', 'bob', input('key-k', { items: [{ sku: 'cup', quantity: 9 }] }), 'confirmed');
    },
  ],
  [2, /the line of beans is not 2 ×/, (drill) => (firstItem(drill).unitPrice.amount = 1)],
  [
    2,
    /the line of beans is not 2 ×/,
    (drill) => (drill.draft.run.prices['beans'] = { amount: 1_250, currency: 'EUR', active: false }),
  ],
  [2, /the lines make 3501, the total is 3500/, (drill) => (firstItem(drill).lineTotal.amount += 1)],
  [2, /a product stands in two lines/, (drill) => (firstItem(drill).sku = 'cup')],
  [2, /tables have no such order/, (drill) => drill.draft.dump.orders.shift()],
  [2, /its status is CONFIRMED to the API, PENDING/, (drill) => (drill.row('order-a').status = 'PENDING')],
  [2, /its version is 3 to the API, 2/, (drill) => (drill.row('order-a').version = 2)],
  [2, /its total is 3500 to the API, 1/, (drill) => (drill.row('order-a').totalAmount = 1)],
  [2, /its key is key-1 to the API/, (drill) => (drill.row('order-a').idempotencyKey = 'key-z')],
  [2, /its owner is alice to the API, bob/, (drill) => (drill.row('order-a').customerId = 'bob')],
  [2, /names one twice/, (drill) => drill.draft.final.orders.push(drill.storedOrder('order-a'))],
  [2, /hold an id twice/, (drill) => drill.draft.dump.orders.push(drill.row('order-a'))],
  [
    2,
    /the API does not list it/,
    (drill) => drill.draft.dump.orders.push({ ...drill.row('order-a'), id: 'order-x' }),
  ],
  [2, /listed 2 times: alice, bob/, (drill) => drill.draft.final.listed['bob']?.push('order-a')],
  [2, /listed 0 times/, (drill) => drill.draft.final.listed['alice']?.shift()],
  [2, /only alice lists it/, (drill) => drill.draft.final.listed['alice']?.push('order-x')],
  [
    2,
    /did not find the order after it was acknowledged/,
    (drill) => (drill.completion('a read').answer = null),
  ],
  [2, /found no order under the key after/, (drill) => (drill.completion('a looked up').answer = null)],
];

const ATOMIC: readonly Case[] = [
  [3, /no items/, (drill) => (drill.storedOrder('order-a').items = [])],
  [3, /first event is not ORDER_CREATED/, (drill) => drill.storedOrder('order-a').events.shift()],
  [
    3,
    /it is PENDING in version 3, and its newest event CONFIRMED/,
    (drill) => (drill.storedOrder('order-a').status = 'PENDING'),
  ],
  [3, /it is CONFIRMED in version 4/, (drill) => (drill.storedOrder('order-a').version = 4)],
  [3, /1 items stand in the tables/, (drill) => (drill.row('order-a').itemCount = 1)],
  [3, /2 events stand in the tables/, (drill) => (drill.row('order-a').eventCount = 2)],
  [3, /0 messages, and 1 were due/, (drill) => (drill.row('order-a').messageCount = 0)],
  [3, /1 messages, and 2 were due/, (drill) => (drill.row('order-c').messageCount = 1)],
  [
    3,
    /seen in one look at 500 ms: no message/,
    (drill) => drill.draft.glimpses.push({ at: 500, orderId: 'order-a', what: 'no message' }),
  ],
];

describe('the drill checker reports lost, invented and partial orders', () => {
  itCatches([...NOTHING_LOST, ...ATOMIC]);
});

function firstItem(drill: DrillEvidence) {
  const [item] = drill.storedOrder('order-a').items;
  if (item === undefined) throw new RangeError('there is no item');
  return item;
}
