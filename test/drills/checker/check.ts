import type { Evidence } from '../evidence.js';
import type { InvariantVerdict, Verdict } from '../verdict.js';
import { atomic } from './atomic.js';
import { booksAgree } from './books-agree.js';
import { deadLetters } from './dead-letters.js';
import { type Facts, gatherFacts } from './facts.js';
import type { Judgement } from './findings.js';
import { itEnds } from './it-ends.js';
import { noExits } from './no-exits.js';
import { noLies } from './no-lies.js';
import { nobodyPaysForAnother } from './nobody-pays.js';
import { nothingLost } from './nothing-lost.js';
import { oneCharge } from './one-charge.js';
import { oneOrderAKey } from './one-order-a-key.js';
import { outbox } from './outbox.js';
import { stateMachine } from './state-machine.js';
import { subscriptions } from './subscriptions.js';
import { whyVacuous } from './vacuity.js';

/** What a run must have reached, and how soon it must be at rest. */
export interface Demands {
  /** The number of acknowledged orders. */
  readonly orders: number;
  readonly restWithinMs: number;
}

/**
 * Checks a run by its evidence alone. A call without an answer may or may not have had its effect: only what no
 * explanation allows is a violation.
 */
export function check(evidence: Evidence, demands: Demands): Verdict {
  const facts = gatherFacts(evidence);
  const rules: readonly (readonly [string, (facts: Facts) => Judgement])[] = [
    ['one order a key', oneOrderAKey],
    ['nothing lost, nothing invented', nothingLost],
    ['atomic', atomic],
    ['one charge an order', oneCharge],
    ['state machine', stateMachine],
    ['subscriptions', subscriptions],
    ['the outbox drains', outbox],
    ['dead letters are conserved', deadLetters],
    ['it ends', () => itEnds(facts, demands.restWithinMs)],
    ['no answer is a lie', noLies],
    ['the books agree', booksAgree],
    ['nobody pays for another', nobodyPaysForAnother],
    ['no process ends by itself', noExits],
  ];
  const invariants = rules.map(([name, judge], index): InvariantVerdict => {
    return { number: index + 1, name, ...judge(facts) };
  });
  const vacuous = whyVacuous(facts, demands.orders);
  const holds = vacuous.length === 0 && invariants.every(({ violations }) => violations.length === 0);
  return { holds, invariants, vacuous };
}
