import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { assertEnumType, buildSchema } from 'graphql';
import { readFileSync } from 'node:fs';
import * as database from '../../src/generated/prisma/enums.js';
import {
  countsOnPayment,
  isFinal,
  ORDER_STATUSES,
  type OrderEventType,
  type OrderStatus,
  START,
  statusAfter,
  STATUSES,
  taskIn,
  TRANSITIONS,
} from '../../src/orders/lifecycle.js';
import { checkLifecycle } from '../../src/orders/lifecycle-check.js';
import { TASKS } from '../../src/payments/task.js';

const TYPES = Object.keys(TRANSITIONS) as OrderEventType[];
/** The contract's edges, repeated on purpose. */
const EDGES = new Set([
  'PENDING → PAYMENT_PROCESSING',
  'PENDING → PAYMENT_FAILED',
  'PENDING → CANCELLED',
  'PAYMENT_PROCESSING → CONFIRMED',
  'PAYMENT_PROCESSING → PAYMENT_FAILED',
  'PAYMENT_PROCESSING → CANCELLING',
  'PAYMENT_PROCESSING → REQUIRES_ACTION',
  'REQUIRES_ACTION → CONFIRMED',
  'REQUIRES_ACTION → PAYMENT_FAILED',
  'REQUIRES_ACTION → CANCELLING',
  'PAYMENT_FAILED → PENDING',
  'CONFIRMED → CANCELLING',
  'CANCELLING → CANCELLED',
]);

describe('the order status table', () => {
  test('passes checkLifecycle', () => {
    expect(checkLifecycle(TASKS)).toEqual([]);
  });

  test('has the edges of the contract and no others', () => {
    const edges = TYPES.flatMap((type) =>
      ORDER_STATUSES.map((from) => ({ from, to: statusAfter(type, from) }))
        .filter(({ from, to }) => to !== undefined && to !== from)
        .map(({ from, to }) => `${from} → ${to}`),
    );
    expect(new Set(edges)).toEqual(EDGES);
  });

  test('keeps an order in its status only for attempts, refunds, dead letters and payment discrepancies', () => {
    const staying = TYPES.filter((type) =>
      ORDER_STATUSES.some((status) => statusAfter(type, status) === status),
    );
    expect(staying).toEqual([
      'PAYMENT_ATTEMPT_FAILED',
      'REFUND_SUCCEEDED',
      'DEAD_LETTERED',
      'DEAD_LETTER_RETRIED',
      'DISCREPANCY_FOUND',
      'DISCREPANCY_RESOLVED',
    ]);
  });

  test('starts an order with ORDER_CREATED only', () => {
    expect(TYPES.filter((type) => START in TRANSITIONS[type])).toEqual(['ORDER_CREATED']);
    expect(ORDER_STATUSES.filter((status) => statusAfter('ORDER_CREATED', status))).toEqual([]);
  });

  test('says which statuses are final, and which task is due in each', () => {
    expect(ORDER_STATUSES.filter(isFinal)).toEqual(['CANCELLED']);
    expect(Object.fromEntries(ORDER_STATUSES.map((status) => [status, taskIn(status)]))).toEqual({
      PENDING: 'CHARGE',
      PAYMENT_PROCESSING: 'CHARGE',
      REQUIRES_ACTION: 'CHARGE',
      CONFIRMED: undefined,
      PAYMENT_FAILED: undefined,
      CANCELLING: 'REFUND',
      CANCELLED: undefined,
    });
  });

  test('says in which statuses an order counts on its payment', () => {
    expect(ORDER_STATUSES.filter(countsOnPayment)).toEqual([
      'PENDING',
      'PAYMENT_PROCESSING',
      'REQUIRES_ACTION',
      'CONFIRMED',
      'CANCELLING',
    ]);
  });

  test('has the statuses, events and tasks of the database and of the API', () => {
    // PostgreSQL adds a value to an enum at its end.
    expect(Object.keys(database.OrderStatus).toSorted()).toEqual(ORDER_STATUSES.toSorted());
    expect(Object.keys(database.OrderEventType).toSorted()).toEqual(TYPES.toSorted());
    expect(Object.keys(database.DeadLetterTask)).toEqual(Object.keys(TASKS));
    const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));
    const valuesOf = (name: string) =>
      assertEnumType(schema.getType(name))
        .getValues()
        .map((value) => value.name);
    expect(valuesOf('OrderStatus')).toEqual(expect.arrayContaining([...ORDER_STATUSES]));
    expect(valuesOf('OrderStatus')).toHaveLength(ORDER_STATUSES.length);
    expect(valuesOf('OrderEventType')).toEqual(expect.arrayContaining(TYPES));
    expect(valuesOf('OrderEventType')).toHaveLength(TYPES.length);
  });

  test('stays on the allowed edges for any sequence of events', () => {
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

/** A new status, without the transitions that it needs. */
const ON_HOLD = {
  isFinal: false,
  task: null,
  movedBy: [],
  money: 'untouched',
  cancellation: 'ORDER_CANCELLED',
} as const;

describe('checkLifecycle', () => {
  test.each<[string, Parameters<typeof checkLifecycle>[2], string]>([
    [
      'a transition to an unknown status',
      { ...TRANSITIONS, LOST: { PENDING: 'NOWHERE' } },
      'LOST names the unknown status NOWHERE',
    ],
    [
      'a transition from an unknown status',
      { ...TRANSITIONS, FOUND: { NOWHERE: 'PENDING' } },
      'FOUND names the unknown status NOWHERE',
    ],
    [
      'a transition from a final status',
      { ...TRANSITIONS, REVIVED: { CANCELLED: 'PENDING' } },
      'REVIVED leaves the final status CANCELLED',
    ],
    [
      'an unreachable status',
      { ...TRANSITIONS, PAYMENT_SUCCEEDED: { PAYMENT_PROCESSING: 'PAYMENT_FAILED' } },
      "CONFIRMED can't be reached",
    ],
    [
      'statuses that are reachable only from each other',
      { ...TRANSITIONS, ORDER_CREATED: { [START]: 'CONFIRMED' } },
      "PAYMENT_PROCESSING can't be reached",
    ],
    [
      'a status that nothing leaves and that is not final',
      { ORDER_CREATED: { [START]: 'PENDING' }, WAITED: { PENDING: 'PENDING' } },
      'nothing leaves PENDING, which is not final',
    ],
    [
      'a task without an event for its failure',
      { ...TRANSITIONS, PAYMENT_ATTEMPT_FAILED: { PAYMENT_PROCESSING: 'PAYMENT_PROCESSING' } },
      'PAYMENT_ATTEMPT_FAILED is not allowed in CANCELLING',
    ],
    [
      'a task that can not be discarded',
      { ...TRANSITIONS, DEAD_LETTER_DISCARDED: { PENDING: 'PAYMENT_FAILED', CANCELLING: 'CANCELLED' } },
      'DEAD_LETTER_DISCARDED is not allowed in PAYMENT_PROCESSING',
    ],
    [
      'a cancellation without an event',
      { ...TRANSITIONS, CANCELLATION_REQUESTED: { PAYMENT_PROCESSING: 'CANCELLING' } },
      'CANCELLATION_REQUESTED is not allowed in CONFIRMED',
    ],
  ])('finds %s', (_, transitions, fault) => {
    expect(checkLifecycle(TASKS, STATUSES, transitions)).toContain(fault);
  });

  test('lists everything that is missing for a status without transitions', () => {
    expect(checkLifecycle(TASKS, { ...STATUSES, ON_HOLD })).toEqual([
      "ON_HOLD can't be reached",
      'nothing leaves ON_HOLD, which is not final',
      'ON_HOLD has no task, is not final, and nobody moves it',
      'ORDER_CANCELLED is not allowed in ON_HOLD',
    ]);
  });

  test('lists everything that is missing for a status with an unknown task', () => {
    const statuses = { ...STATUSES, ON_HOLD: { ...ON_HOLD, task: 'INSPECT' } };
    const transitions = {
      ...TRANSITIONS,
      HELD: { PENDING: 'ON_HOLD' },
      ORDER_CANCELLED: { ...TRANSITIONS.ORDER_CANCELLED, ON_HOLD: 'CANCELLED' },
    };
    expect(checkLifecycle(TASKS, statuses, transitions)).toEqual([
      'ON_HOLD has the unknown task INSPECT',
      'DEAD_LETTERED is not allowed in ON_HOLD',
      'DEAD_LETTER_RETRIED is not allowed in ON_HOLD',
      'DEAD_LETTER_DISCARDED is not allowed in ON_HOLD',
    ]);
  });

  test('finds a task that is due in no status', () => {
    const tasks = { ...TASKS, INSPECT: { startedBy: null, failedBy: 'PAYMENT_ATTEMPT_FAILED' } };
    expect(checkLifecycle(tasks)).toEqual(['the task INSPECT is due in no status']);
  });

  test('finds nothing wrong with a new status that has all its transitions', () => {
    const statuses = { ...STATUSES, ON_HOLD: { ...ON_HOLD, movedBy: ['operator' as const] } };
    const transitions = {
      ...TRANSITIONS,
      HELD: { PENDING: 'ON_HOLD' },
      RELEASED: { ON_HOLD: 'PENDING' },
      ORDER_CANCELLED: { ...TRANSITIONS.ORDER_CANCELLED, ON_HOLD: 'CANCELLED' },
    };
    expect(checkLifecycle(TASKS, statuses, transitions)).toEqual([]);
  });
});
