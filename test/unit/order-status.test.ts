import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  checkTransitions,
  isAtRest,
  isFinal,
  ORDER_STATUSES,
  type OrderEventType,
  type OrderStatus,
  START,
  statusAfter,
  TRANSITIONS,
} from '../../src/orders/order-status.js';

const TYPES = Object.keys(TRANSITIONS) as OrderEventType[];
/** The contract's edges, said once more on purpose. */
const EDGES = new Set([
  'PENDING → PAYMENT_PROCESSING',
  'PENDING → PAYMENT_FAILED',
  'PENDING → CANCELLED',
  'PAYMENT_PROCESSING → CONFIRMED',
  'PAYMENT_PROCESSING → PAYMENT_FAILED',
  'PAYMENT_PROCESSING → CANCELLING',
  'CONFIRMED → CANCELLING',
  'CANCELLING → CANCELLED',
]);

describe('the order status table', () => {
  test('is without faults', () => {
    expect(checkTransitions()).toEqual([]);
  });

  test('has the edges of the contract and no others', () => {
    const edges = TYPES.flatMap((type) =>
      ORDER_STATUSES.map((from) => ({ from, to: statusAfter(type, from) }))
        .filter(({ from, to }) => to !== undefined && to !== from)
        .map(({ from, to }) => `${from} → ${to}`),
    );
    expect(new Set(edges)).toEqual(EDGES);
  });

  test('lets an order stay where it is by nothing but steps of its work', () => {
    const staying = TYPES.filter((type) =>
      ORDER_STATUSES.some((status) => statusAfter(type, status) === status),
    );
    expect(staying).toEqual([
      'PAYMENT_ATTEMPT_FAILED',
      'REFUND_SUCCEEDED',
      'DEAD_LETTERED',
      'DEAD_LETTER_RETRIED',
    ]);
  });

  test('lets nothing but the creation begin an order', () => {
    expect(TYPES.filter((type) => START in TRANSITIONS[type])).toEqual(['ORDER_CREATED']);
    expect(ORDER_STATUSES.filter((status) => statusAfter('ORDER_CREATED', status))).toEqual([]);
  });

  test('knows which statuses are final and which are at rest', () => {
    expect(ORDER_STATUSES.filter(isFinal)).toEqual(['PAYMENT_FAILED', 'CANCELLED']);
    expect(ORDER_STATUSES.filter(isAtRest)).toEqual(['CONFIRMED', 'PAYMENT_FAILED', 'CANCELLED']);
  });

  test('never leaves the allowed edges, whatever events are tried in whatever order', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...TYPES), { maxLength: 50 }), (attempts) => {
        let status: OrderStatus = 'PENDING';
        for (const type of attempts) {
          const next = statusAfter(type, status);
          if (next === undefined) continue;
          expect(isFinal(status)).toBe(false);
          if (next !== status) expect(EDGES).toContain(`${status} → ${next}`);
          status = next;
        }
      }),
    );
  });
});

describe('checkTransitions', () => {
  test.each<[string, Parameters<typeof checkTransitions>[0], string]>([
    [
      'an unknown status that is led to',
      { ...TRANSITIONS, LOST: { PENDING: 'NOWHERE' } },
      'LOST names the unknown status NOWHERE',
    ],
    [
      'an unknown status that is left',
      { ...TRANSITIONS, FOUND: { NOWHERE: 'PENDING' } },
      'FOUND names the unknown status NOWHERE',
    ],
    [
      'an edge out of a final status',
      { ...TRANSITIONS, REVIVED: { PAYMENT_FAILED: 'PENDING' } },
      'REVIVED leaves the final status PAYMENT_FAILED',
    ],
    [
      'a status without a way to it',
      { ...TRANSITIONS, PAYMENT_SUCCEEDED: { PAYMENT_PROCESSING: 'PAYMENT_FAILED' } },
      "CONFIRMED can't be reached",
    ],
    [
      'statuses that only reach each other',
      { ...TRANSITIONS, ORDER_CREATED: { [START]: 'CONFIRMED' } },
      "PAYMENT_PROCESSING can't be reached",
    ],
    [
      'a status in which an order would stay for ever',
      { ORDER_CREATED: { [START]: 'PENDING' }, WAITED: { PENDING: 'PENDING' } },
      'nothing leaves PENDING, which is not at rest',
    ],
  ])('finds %s', (_, table, fault) => {
    expect(checkTransitions(table)).toContain(fault);
  });

  test('names every fault of a table, not only the first one', () => {
    expect(checkTransitions({})).toHaveLength(ORDER_STATUSES.length + 3);
  });
});
