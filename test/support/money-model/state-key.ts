import { ORDER_STATUSES } from '../../../src/orders/lifecycle.js';
import { GENERATIONS, KEY_NUMBERS, MAX_INTENTS } from './bounds.js';
import {
  type Discard,
  DISCARD_STEPS,
  type Gateway,
  type OrderRow,
  type Run,
  RUN_STEPS,
  type State,
} from './state.js';

const ORDER = places(['A', 'B']);
const STATUS = places(ORDER_STATUSES);
const TASK = places(['CHARGE', 'REFUND']);
const STEP = places(RUN_STEPS);
const DISCARD_STEP = places(DISCARD_STEPS);
const ORPHAN = places(['unlisted', 'listed', 'claimed', 'returned']);
const GAP = places(['none', 'recent', 'open', 'covered']);
const INTENT = places(['unconfirmed', 'requires-action', 'declined', 'succeeded', 'cancelled']);
const REFUND_KEY = places(['unused', 'error', 'returned']);

const STATUSES = ORDER_STATUSES.length;
const STEPS = RUN_STEPS.length;
const INTENTS = MAX_INTENTS + 1;
const SETS = 2 ** MAX_INTENTS;
const SLOTS = GENERATIONS * KEY_NUMBERS;
/** Of a PaymentIntent's digits. */
const INTENT_BOUND = 2 * GENERATIONS * 5 * 3 + 1;
const CHARACTER = 2 ** 16;

// Jest's modules reach a global through a proxy, which is slow in a hot function.
const { floor } = Math;
const { fromCharCode } = String;

/** Each value's place in the list. */
function places<Value extends string>(values: readonly Value[]): Readonly<Record<Value, number>> {
  return Object.fromEntries(values.map((value, place) => [value, place])) as Record<Value, number>;
}

/**
 * A short name of a state. Two states have the same if they differ at most in which worker is which. Each number has
 * the parts of the state as its digits.
 */
export function keyOf(state: State): string {
  const { row, backup, gateway, workers, discard, orphans } = state;
  const [one = 0, other = 0] = workers.map(runDigits);
  const [first, second] = one < other ? [one, other] : [other, one];
  const intents = intentDigits(gateway);
  const saved = savedDigits(gateway);
  return fromCharCode(
    rowDigits(row),
    rowDigits(backup.row),
    flagDigits(state),
    budgetDigits(state),
    orphans.reduce((digits, orphan) => digits * 4 + ORPHAN[orphan], 0),
    floor(intents / CHARACTER),
    intents % CHARACTER,
    floor(saved / CHARACTER),
    saved % CHARACTER,
    gateway.refundKeys.reduce((digits, saved) => digits * 3 + REFUND_KEY[saved], gateway.indexed),
    discardDigits(discard),
    floor(first / CHARACTER),
    first % CHARACTER,
    floor(second / CHARACTER),
    second % CHARACTER,
  );
}

function rowDigits(row: OrderRow | null): number {
  if (row === null) return 0;
  const { name, status, intent, previous, isClosed, generation, keyNumber, refundKeyNumber, hasOpenLetter } =
    row;
  const named = ((ORDER[name] * STATUSES + STATUS[status]) * INTENTS + intent) * INTENTS + previous;
  const keys = (generation * KEY_NUMBERS + keyNumber) * KEY_NUMBERS + refundKeyNumber;
  return ((named * SLOTS * KEY_NUMBERS + keys) * 2 + (isClosed ? 1 : 0)) * 2 + (hasOpenLetter ? 1 : 0) + 1;
}

function flagDigits({ backup, canGoBack, gap, hasLostCancellation }: State): number {
  const flags = ((backup.isMade ? 1 : 0) * 2 + (backup.isOld ? 1 : 0)) * 2 + (canGoBack ? 1 : 0);
  return (flags * 2 + (hasLostCancellation ? 1 : 0)) * 4 + GAP[gap];
}

/** Each mishap happens at most twice. */
function budgetDigits({ budget }: State): number {
  const { decline, error, forget, action, payment, cancellation, decision, together } = budget;
  const counts = [decline, error, forget, action, payment, cancellation, decision];
  return counts.reduce((digits, count) => digits * 3 + count, together);
}

function intentDigits({ intents }: Gateway): number {
  let digits = 0;
  for (const { order, generation, status, returns } of intents) {
    const made = ORDER[order] * GENERATIONS + generation;
    digits = digits * INTENT_BOUND + (made * 5 + INTENT[status]) * 3 + returns + 1;
  }
  return digits;
}

function savedDigits({ keys }: Gateway): number {
  let digits = 0;
  for (const saved of keys)
    digits =
      digits * (2 * INTENTS + 1) + (saved === null ? 0 : ORDER[saved.order] * INTENTS + saved.intent + 1);
  return digits;
}

function discardDigits(discard: Discard | null): number {
  if (discard === null) return 0;
  const { order, status, step, intent, key } = discard;
  const begun = (ORDER[order] * STATUSES + STATUS[status]) * DISCARD_STEPS.length + DISCARD_STEP[step];
  return (begun * INTENTS + intent) * SLOTS + key + 1;
}

function runDigits(run: Run | null): number {
  if (run === null) return 0;
  const { order, task, status, step, intent, key, found, knowsOfLoss, knowsOfBounce, ignoresReturn } = run;
  const begun = ((ORDER[order] * 2 + TASK[task]) * STATUSES + STATUS[status]) * STEPS + STEP[step];
  let set = 0;
  for (const each of found) set += 2 ** (each - 1);
  const flags = (knowsOfLoss ? 4 : 0) + (knowsOfBounce ? 2 : 0) + (ignoresReturn ? 1 : 0);
  return (((begun * INTENTS + intent) * SLOTS + key) * SETS + set) * 8 + flags + 1;
}
