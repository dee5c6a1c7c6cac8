import {
  ORDER_STATUSES,
  type OrderEventType,
  type OrderStatus,
  statusAfter,
  TRANSITIONS,
} from '../../../src/orders/lifecycle.js';
import type { Rules } from './rules.js';
import { type Discard, holdsMoney, intentOf, rowOf, type Run, type State } from './state.js';

const EVENTS = Object.keys(TRANSITIONS) as OrderEventType[];
const AHEAD = new Map(ORDER_STATUSES.map((status) => [status, statusesAhead(status)]));

/** The statuses that an order can still get to, its own included. */
function statusesAhead(from: OrderStatus): ReadonlySet<OrderStatus> {
  const ahead = new Set([from]);
  for (const status of ahead) for (const type of EVENTS) ahead.add(statusAfter(type, status) ?? status);
  return ahead;
}

/** A compare-and-set of the order, or nothing. */
const STORING: ReadonlySet<Run['step']> = new Set(['adopt', 'store', 'pay', 'decline-closed', 'complete']);
const CONFIRMING: ReadonlySet<Run['step']> = new Set(['confirm', 'cancel-refused']);
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
  return row === undefined || AHEAD.get(row.status)?.has(status) !== true;
}

function isOver(state: State, discard: Discard): boolean {
  if (!isTooLate(state, discard)) return false;
  const { step, intent } = discard;
  return step === 'apply' || (step === 'cancel' && !canSucceed(state, intent));
}

function isUseless(state: State, run: Run): boolean {
  if (!isTooLate(state, run)) return false;
  const { step, intent } = run;
  if (STORING.has(step)) return true;
  if (CONFIRMING.has(step)) return !canSucceed(state, intent);
  return RETURNING.has(step) && !canSucceed(state, intent) && !holdsMoney(state, intent);
}

function canSucceed(state: State, intent: number): boolean {
  return intentOf(state, intent)?.status === 'unconfirmed';
}
