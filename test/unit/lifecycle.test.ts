import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { assertEnumType, buildSchema } from 'graphql';
import { readFileSync } from 'node:fs';
import * as database from '../../src/generated/prisma/enums.js';
import {
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

  test('knows which statuses are final, and which work is due in which', () => {
    expect(ORDER_STATUSES.filter(isFinal)).toEqual(['PAYMENT_FAILED', 'CANCELLED']);
    expect(Object.fromEntries(ORDER_STATUSES.map((status) => [status, taskIn(status)]))).toEqual({
      PENDING: 'CHARGE',
      PAYMENT_PROCESSING: 'CHARGE',
      CONFIRMED: undefined,
      PAYMENT_FAILED: undefined,
      CANCELLING: 'REFUND',
      CANCELLED: undefined,
    });
  });

  test('has the statuses, events and tasks that the database and the API have', () => {
    expect(Object.keys(database.OrderStatus)).toEqual(ORDER_STATUSES);
    expect(Object.keys(database.OrderEventType)).toEqual(TYPES);
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

/** A new status, as someone who adds one might forget to say more about it. */
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
      'nothing leaves PENDING, which is not final',
    ],
    [
      'work whose failure has no event',
      { ...TRANSITIONS, PAYMENT_ATTEMPT_FAILED: { PAYMENT_PROCESSING: 'PAYMENT_PROCESSING' } },
      'PAYMENT_ATTEMPT_FAILED is not allowed in CANCELLING',
    ],
    [
      'work that can not be given up',
      { ...TRANSITIONS, DEAD_LETTER_DISCARDED: { PENDING: 'PAYMENT_FAILED', CANCELLING: 'CANCELLED' } },
      'DEAD_LETTER_DISCARDED is not allowed in PAYMENT_PROCESSING',
    ],
    [
      'a cancellation that has no event',
      { ...TRANSITIONS, CANCELLATION_REQUESTED: { PAYMENT_PROCESSING: 'CANCELLING' } },
      'CANCELLATION_REQUESTED is not allowed in CONFIRMED',
    ],
  ])('finds %s', (_, transitions, fault) => {
    expect(checkLifecycle(TASKS, STATUSES, transitions)).toContain(fault);
  });

  test('names everything that is missing where a status is added alone', () => {
    expect(checkLifecycle(TASKS, { ...STATUSES, ON_HOLD })).toEqual([
      "ON_HOLD can't be reached",
      'nothing leaves ON_HOLD, which is not final',
      'ON_HOLD has no task, is not final, and nobody moves it',
      'ORDER_CANCELLED is not allowed in ON_HOLD',
    ]);
  });

  test('names everything that is missing where a status is added with a task that nobody does', () => {
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

  test('names a task that is due in no status', () => {
    const tasks = { ...TASKS, INSPECT: { startedBy: null, failedBy: 'PAYMENT_ATTEMPT_FAILED' } };
    expect(checkLifecycle(tasks)).toEqual(['the task INSPECT is due in no status']);
  });

  test('has no fault to find where a status is added with all that belongs to it', () => {
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
