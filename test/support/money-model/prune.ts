import {
  ORDER_STATUSES,
  type OrderEventType,
  type OrderStatus,
  statusAfter,
  TRANSITIONS,
} from '../../../src/orders/lifecycle.js';
import { mayHappen } from './budget.js';
import type { Rules } from './rules.js';
import { type Discard, holdsMoney, isOpen, rowOf, type Run, type State } from './state.js';

const EVENTS = Object.keys(TRANSITIONS) as OrderEventType[];
const UNPAYABLE = EVENTS.filter((type) => type !== 'PAYMENT_REQUESTED');
const AHEAD = new Map(ORDER_STATUSES.map((status) => [status, statusesAhead(status, UNPAYABLE)]));
const AHEAD_OF_PAYABLE = new Map(ORDER_STATUSES.map((status) => [status, statusesAhead(status, EVENTS)]));

/** The statuses that an order can still get to, its own included. */
function statusesAhead(from: OrderStatus, types: readonly OrderEventType[]): ReadonlySet<OrderStatus> {
  const ahead = new Set([from]);
  for (const status of ahead) for (const type of types) ahead.add(statusAfter(type, status) ?? status);
  return ahead;
}

/** A compare-and-set of the order, or nothing. */
const STORING: ReadonlySet<Run['step']> = new Set([
  'adopt',
  'store',
  'wait-for-customer',
  'pay',
  'decline-closed',
  'complete',
]);
const CONFIRMING: ReadonlySet<Run['step']> = new Set(['confirm', 'end-payment']);
const RETURNING: ReadonlySet<Run['step']> = new Set(['cancel', 'look-up-refund']);

/** Ends the runs that can change nothing any more: fewer states, and none is left out that matters. */
export function prune(state: State, rules: Rules): State {
  if (state.canGoBack || !rules.comparesStatus) return state;
  const { workers, discard } = state;
  if (discard !== null && isOver(state, discard)) return prune({ ...state, discard: null }, rules);
  if (!workers.some((run) => run !== null && isUseless(state, run))) return state;
  return { ...state, workers: workers.map((run) => (run !== null && isUseless(state, run) ? null : run)) };
}

/** The order is lost, or can't be in the run's status again. */
function isTooLate(state: State, { order, status }: Pick<Run, 'order' | 'status'>): boolean {
  const row = rowOf(state, order);
  const ahead = mayHappen(state, 'payment') ? AHEAD_OF_PAYABLE : AHEAD;
  return row === undefined || ahead.get(row.status)?.has(status) !== true;
}

function isOver(state: State, discard: Discard): boolean {
  if (!isTooLate(state, discard)) return false;
  const { step, intent } = discard;
  return step === 'apply' || (step === 'cancel' && !isOpen(state, intent));
}

function isUseless(state: State, run: Run): boolean {
  if (!isTooLate(state, run)) return false;
  const { step, intent } = run;
  if (STORING.has(step)) return true;
  if (CONFIRMING.has(step)) return !isOpen(state, intent);
  return RETURNING.has(step) && !isOpen(state, intent) && !holdsMoney(state, intent);
}
