import { describe, expect, test } from '@jest/globals';
import { once, payingAgain } from '../support/money-model/budget.js';
import { explore } from '../support/money-model/explorer.js';
import {
  CAPTURES,
  CONFIRMED,
  counterExampleOf,
  type Fault,
  KEPT,
  NO_LOSS,
  RESTS,
} from '../support/money-model/fault.js';
import { SOUND } from '../support/money-model/rules.js';

const FAULTS: readonly Fault[] = [
  {
    fault: 'a time limit that fails the order without cancelling the PaymentIntent at the gateway',
    rule: 'cancelsOverdue',
    budget: { ...once('action'), ...NO_LOSS },
    broken: KEPT,
    step: /the customer authenticates PaymentIntent 1: the money is taken$/,
  },
  {
    fault: 'a customer who never comes back, without a time limit',
    rule: 'limitsTime',
    budget: { ...once('action'), ...NO_LOSS },
    broken: RESTS,
    step: /confirms PaymentIntent 1: the bank wants the customer$/,
  },
  {
    fault: 'a client that is believed',
    rule: 'asksGateway',
    budget: { ...once('action'), ...NO_LOSS },
    broken: CONFIRMED,
    step: /the customer says that order A is paid, and is believed$/,
  },
  {
    fault: 'a declined PaymentIntent that stays open at the gateway',
    rule: 'cancelsDeclined',
    budget: { ...once('decline'), ...NO_LOSS },
    broken: KEPT,
    step: /the customer pays PaymentIntent 1 by another card$/,
  },
  {
    fault: 'a new PaymentIntent while the one that failed is still open',
    rule: 'cancelsPrevious',
    besides: { rule: 'cancelsOverdue', broken: KEPT },
    budget: { ...once('action', 'payment'), ...NO_LOSS },
    broken: CAPTURES,
    step: /asks for a PaymentIntent for order A under key 3: PaymentIntent 2$/,
  },
  {
    fault: 'another payment without a search for the one that was lost',
    rule: 'chargeSearchesFirst',
    start: 'failed',
    budget: payingAgain('forget'),
    broken: CAPTURES,
    step: /asks for a PaymentIntent for order A under key 3: PaymentIntent 3$/,
  },
  {
    fault: 'a refund after another payment without a search for the one that was lost',
    rule: 'refundSearchesFirst',
    start: 'failed',
    budget: payingAgain('cancellation'),
    broken: 'a refund overlooks no money that can be found',
    step: /the order is CANCELLED, and PaymentIntent 2 holds money$/,
  },
  {
    fault: 'a PaymentIntent adopted by an order that has just been paid again',
    rule: 'adoptsOnlyStarted',
    start: 'failed',
    budget: payingAgain('cancellation', 'action'),
    broken: KEPT,
    step: /the customer cancels order A: it is CANCELLED$/,
  },
  {
    fault: 'a sweep that does not list the lost PaymentIntent of an order that is stored',
    rule: 'listsBesideOrder',
    budget: once('action', 'forget'),
    broken: CAPTURES,
    step: /the customer authenticates PaymentIntent 1: the money is taken$/,
  },
  {
    fault: 'a failure stored although the row has another PaymentIntent',
    rule: 'comparesFailures',
    budget: once('decline'),
    broken: KEPT,
    step: /looks up PaymentIntent 1, which can not succeed: order A is PAYMENT_FAILED$/,
  },
  {
    fault: 'a refund that owes nothing, although the row has got a PaymentIntent',
    rule: 'comparesNone',
    budget: once('cancellation'),
    broken: KEPT,
    step: /worker 2 completes the refund: order A is CANCELLED$/,
  },
];

describe('the explorer of the money model, where the customer takes part', () => {
  test.each(FAULTS)('finds a planted fault by a shortest path: $fault', (fault) => {
    const { broken, step } = fault;
    const path = expect.arrayContaining([expect.stringMatching(step)]);
    expect(counterExampleOf(fault)).toEqual({ broken, path });
  });

  test('takes money at most once even where the time limit cancels nothing, since paying again does', () => {
    const budget = { ...once('action', 'payment'), ...NO_LOSS };
    const { counterExample } = explore({ ...SOUND, cancelsOverdue: false }, budget, { ignored: KEPT });
    expect(counterExample).toBeUndefined();
  });
});
