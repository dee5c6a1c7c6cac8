import { describe, expect, test } from '@jest/globals';
import { once } from '../support/money-model/budget.js';
import { explore } from '../support/money-model/explorer.js';
import {
  CAPTURES,
  CONFIRMED,
  counterExampleOf,
  type Fault,
  KEPT,
  NO_LOSS,
  RESTS,
  RETURNED,
} from '../support/money-model/fault.js';
import { printed } from '../support/money-model/print.js';
import { SOUND } from '../support/money-model/rules.js';

const FAULTS: readonly Fault[] = [
  {
    fault: 'random idempotency keys',
    rule: 'derivesKeys',
    budget: once(),
    broken: CAPTURES,
    step: /asks for a PaymentIntent for order B under key 0: PaymentIntent 2$/,
  },
  {
    fault: 'no search after commits were lost',
    rule: 'searches',
    budget: once(),
    broken: CAPTURES,
    step: /asks for a PaymentIntent for order B under key 1: PaymentIntent 2$/,
  },
  {
    fault: 'a search before the gateway has indexed everything',
    rule: 'waitsForIndex',
    budget: once(),
    broken: CAPTURES,
    step: /searches for PaymentIntents of the order key: none$/,
  },
  {
    fault: 'one of two earlier PaymentIntents adopted, and the other not cancelled',
    rule: 'cancelsOthers',
    budget: once('error'),
    broken: CAPTURES,
    step: /adopts PaymentIntent 1 for order B$/,
  },
  {
    fault: 'a confirmation before the id is stored',
    rule: 'storesBeforeConfirm',
    budget: once(),
    broken: CAPTURES,
    step: /confirms PaymentIntent 1: the money is taken$/,
  },
  {
    fault: 'a sweep that stores a PaymentIntent without money on an order',
    rule: 'attachesOnlyTaken',
    budget: once('error'),
    broken: CAPTURES,
    step: /a sweep covers the gap$/,
  },
  {
    fault: 'a sweep that lists only what has succeeded',
    rule: 'listsUnconfirmed',
    budget: once('forget'),
    broken: CAPTURES,
    step: /a sweep covers the gap$/,
  },
  {
    fault: 'a sweep that lists only money that is still held',
    rule: 'listsReturned',
    budget: once('forget', 'cancellation'),
    broken: CAPTURES,
    step: /a sweep covers the gap$/,
  },
  {
    fault: 'a discard check that creates a PaymentIntent beside an earlier one',
    rule: 'discardSearches',
    budget: once('forget', 'decision'),
    broken: CAPTURES,
    step: /the discard check stores PaymentIntent 2$/,
  },
  {
    fault: 'an outcome stored although the row has lost its PaymentIntent',
    rule: 'comparesIntent',
    budget: once(),
    broken: CONFIRMED,
    step: /PostgreSQL goes back: order A is PAYMENT_PROCESSING again$/,
  },
  {
    fault: 'returned money taken as paid',
    rule: 'looksUpReturns',
    budget: once('cancellation'),
    broken: CONFIRMED,
    step: /looks up PaymentIntent 1: it has succeeded$/,
  },
  {
    fault: 'an adopted PaymentIntent whose money an operator has returned',
    rule: 'refusesReturned',
    budget: once('decision'),
    broken: CONFIRMED,
    step: /PaymentIntent 1 is marked as returned$/,
  },
  {
    fault:
      'a PaymentIntent whose money an operator has returned never adopted, although the bank has sent it back',
    rule: 'adoptsBounced',
    budget: once('decision'),
    broken: RESTS,
    step: /the bank sends the money of PaymentIntent 1 back$/,
  },
  {
    fault: 'no cancellation at the gateway before an operator discards a dead letter',
    rule: 'discardCancels',
    budget: { ...once('decision'), ...NO_LOSS },
    broken: KEPT,
    step: /the dead letter is discarded: order A is PAYMENT_FAILED$/,
  },
  {
    fault: 'a PaymentIntent stored on a PENDING order, which a cancellation does not return',
    rule: 'attachStarts',
    budget: once('cancellation'),
    broken: KEPT,
    step: /the customer cancels order A: it is CANCELLED$/,
  },
  {
    fault: 'a refund under a new key without a look at what was returned',
    rule: 'looksUpRefunds',
    budget: { ...once('cancellation'), ...NO_LOSS },
    broken: RETURNED,
    step: /worker 2 returns the money of PaymentIntent 1$/,
  },
  {
    fault: "an orphan's refund under a key of its own",
    rule: 'sharesRefundKey',
    budget: once('cancellation', 'decision'),
    broken: RETURNED,
    step: /an operator decides to return the money of PaymentIntent 1$/,
  },
  {
    fault: 'an outcome stored without a comparison of the status',
    rule: 'comparesStatus',
    budget: { ...once('cancellation'), ...NO_LOSS },
    broken: 'every event is in the lifecycle table',
    step: /the customer cancels order A: it is CANCELLING$/,
  },
  {
    fault: 'a refused payment that is tried for ever',
    rule: 'closedUsesUp',
    budget: { ...once('error'), ...NO_LOSS },
    broken: RESTS,
    step: /the gateway refuses$/,
  },
];

describe('the explorer of the money model', () => {
  test.each(FAULTS)('finds a planted fault by a shortest path: $fault', (fault) => {
    const { broken, step } = fault;
    const path = expect.arrayContaining([expect.stringMatching(step)]);
    expect(counterExampleOf(fault)).toEqual({ broken, path });
  });

  test('prints a counter-example with one line a step', () => {
    const budget = { ...once('cancellation'), ...NO_LOSS };
    const { counterExample } = explore({ ...SOUND, comparesStatus: false }, budget);
    expect(counterExample && printed(counterExample)).toBe(`broken: every event is in the lifecycle table
  1. worker 1 begins a CHARGE of order A
  2. worker 1 asks for a PaymentIntent for order A under key 0: PaymentIntent 1
  3. worker 1 stores PaymentIntent 1 on order A
  4. worker 1 confirms PaymentIntent 1: the money is taken
  5. the customer cancels order A: it is CANCELLING
  6. worker 1 stores that order A is CONFIRMED`);
  });
});
