import { countsOnPayment, STATUSES, taskIn, TRANSITIONS } from '../../../src/orders/lifecycle.js';
import type { Invariant } from './broken.js';
import type { Rules } from './rules.js';
import { holdsMoney, intentOf, type OrderRow, type State } from './state.js';
import { swept } from './steps/sweep.js';

const EDGES: ReadonlySet<string> = new Set(
  Object.values(TRANSITIONS).flatMap((targets) => Object.entries(targets).map((edge) => edge.join(' → '))),
);

/** @returns an invariant that the state breaks */
export function brokenIn(state: State, rules: Rules): Invariant | undefined {
  const { row, gateway } = state;
  let captures = 0;
  for (const { status, returns } of gateway.intents) {
    if (status === 'succeeded') captures += 1;
    if (returns > 1) return 'no more is returned than was taken';
  }
  if (captures > 1) return 'at most one capture under an order key';
  if (row !== null && countsAsPaid(row))
    return isPaid(state, row) ? undefined : 'a CONFIRMED order has its money';
  return isSettled(state, rules) && keepsMoney(state)
    ? 'a failed or cancelled order keeps no money'
    : undefined;
}

/** Whether the row went from one status to another by an edge of the table, or by a loss of commits. */
export function isEdge({ row: before, gap }: State, { row: after, gap: gapAfter }: State): boolean {
  if (before === null || after === null || before.name !== after.name || before.status === after.status)
    return true;
  return (gap === 'none' && gapAfter !== 'none') || EDGES.has(`${before.status} → ${after.status}`);
}

/** A final status, CONFIRMED, or an open dead letter; or no order at all, until the customer repeats it. */
export function isAtRest({ row }: State): boolean {
  return row === null || row.hasOpenLetter || taskIn(row.status) === undefined;
}

function countsAsPaid({ status }: OrderRow): boolean {
  return STATUSES[status].money === 'taken';
}

/**
 * Held by the stored PaymentIntent, which no operator is returning. A lost cancellation may have returned it before, or
 * return it after; that difference is listed, and no rule of this system can prevent it.
 */
function isPaid(state: State, { intent }: OrderRow): boolean {
  if (intentOf(state, intent)?.status !== 'succeeded') return false;
  const orphan = state.orphans[intent - 1];
  if (orphan === 'claimed' || orphan === 'returned') return false;
  return holdsMoney(state, intent) || state.hasLostCancellation;
}

/** Nobody is working, and a sweep finds nothing new. */
function isSettled(state: State, rules: Rules): boolean {
  const { gap, workers, discard } = state;
  if (gap === 'recent' || gap === 'open' || discard !== null) return false;
  return workers.every((run) => run === null) && swept(state, rules) === state;
}

/** Money that a PaymentIntent of an order without a claim on it holds, or that nothing lists. */
function keepsMoney(state: State): boolean {
  const { row, orphans, gateway } = state;
  if (row !== null && countsOnPayment(row.status)) return false;
  return gateway.intents.some((_, index) => {
    const intent = index + 1;
    const isOfRow = row?.intent === intent || row?.previous === intent;
    const isListed = orphans[index] === 'listed' || orphans[index] === 'claimed';
    return holdsMoney(state, intent) && (isOfRow || !isListed);
  });
}
