import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  allows,
  checkTransitions,
  isAtRest,
  isFinal,
  ORDER_STATUSES,
  type OrderEventType,
  type OrderStatus,
  TRANSITIONS,
} from '../../src/orders/order-status.js';

const TYPES = Object.keys(TRANSITIONS) as OrderEventType[];
/** The contract's edges, said once more on purpose. */
const EDGES = new Set([
  'PENDING → PAYMENT_PROCESSING',
  'PAYMENT_PROCESSING → PAYMENT_PROCESSING',
  'PAYMENT_PROCESSING → CONFIRMED',
  'PAYMENT_PROCESSING → PAYMENT_FAILED',
]);

describe('the order status table', () => {
  test('is without faults', () => {
    expect(checkTransitions()).toEqual([]);
  });

  test('has the edges of the contract and no others', () => {
    const edges = TYPES.flatMap((type) =>
      TRANSITIONS[type].from.map((from: OrderStatus) => `${from} → ${TRANSITIONS[type].to}`),
    );
    expect(new Set(edges)).toEqual(EDGES);
  });

  test('lets nothing but the creation begin an order', () => {
    expect(TYPES.filter((type) => TRANSITIONS[type].from.length === 0)).toEqual(['ORDER_CREATED']);
    expect(ORDER_STATUSES.filter((status) => allows('ORDER_CREATED', status))).toEqual([]);
  });

  test('knows which statuses are final and which are at rest', () => {
    expect(ORDER_STATUSES.filter(isFinal)).toEqual(['PAYMENT_FAILED']);
    expect(ORDER_STATUSES.filter(isAtRest)).toEqual(['CONFIRMED', 'PAYMENT_FAILED']);
  });

  test('never leaves the allowed edges, whatever events are tried in whatever order', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...TYPES), { maxLength: 50 }), (attempts) => {
        let status: OrderStatus = 'PENDING';
        for (const type of attempts) {
          if (!allows(type, status)) continue;
          expect(isFinal(status)).toBe(false);
          const next: OrderStatus = TRANSITIONS[type].to;
          expect(EDGES).toContain(`${status} → ${next}`);
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
      { ...TRANSITIONS, LOST: { from: ['PENDING'], to: 'NOWHERE' } },
      'LOST names the unknown status NOWHERE',
    ],
    [
      'an unknown status that is left',
      { ...TRANSITIONS, FOUND: { from: ['NOWHERE'], to: 'PENDING' } },
      'FOUND names the unknown status NOWHERE',
    ],
    [
      'an edge out of a final status',
      { ...TRANSITIONS, REVIVED: { from: ['PAYMENT_FAILED'], to: 'PENDING' } },
      'REVIVED leaves the final status PAYMENT_FAILED',
    ],
    [
      'a status without a way to it',
      { ...TRANSITIONS, PAYMENT_SUCCEEDED: { from: ['PAYMENT_PROCESSING'], to: 'PAYMENT_FAILED' } },
      "CONFIRMED can't be reached",
    ],
    [
      'statuses that only reach each other',
      { ...TRANSITIONS, ORDER_CREATED: { from: [], to: 'CONFIRMED' } },
      "PAYMENT_PROCESSING can't be reached",
    ],
    [
      'a status in which an order would stay for ever',
      { ...TRANSITIONS, PAYMENT_STARTED: { from: ['PENDING'], to: 'PENDING' } },
      'nothing leaves PENDING, which is not at rest',
    ],
  ])('finds %s', (_, table, fault) => {
    expect(checkTransitions(table)).toContain(fault);
  });

  test('names every fault of a table, not only the first one', () => {
    expect(checkTransitions({})).toHaveLength(ORDER_STATUSES.length + 2);
  });
});
