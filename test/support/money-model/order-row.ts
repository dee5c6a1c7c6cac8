import {
  countsOnPayment,
  mayTakeMoney,
  type OrderEventType,
  type OrderStatus,
  statusAfter,
  STATUSES,
  taskIn,
} from '../../../src/orders/lifecycle.js';
import { BrokenStep } from './broken.js';
import { generationOf, keySlot } from './key-slots.js';
import type { Rules } from './rules.js';
import { type OrderRow, rowOf, type Run, type State } from './state.js';

/** @throws BrokenStep */
export function statusAfterEvents(types: readonly OrderEventType[], status: OrderStatus): OrderStatus {
  return types.reduce((from, type) => {
    const to = statusAfter(type, from);
    // The product would throw.
    if (to === undefined)
      throw new BrokenStep('every event is in the lifecycle table', `the product tries ${type} in ${from}`);
    return to;
  }, status);
}

/** @throws BrokenStep */
export function applyEvents(row: OrderRow, ...types: readonly OrderEventType[]): OrderRow {
  return withStatus(row, statusAfterEvents(types, row.status));
}

/** Where nothing leads back to a payment, nothing else matters. */
function withStatus(row: OrderRow, status: OrderStatus): OrderRow {
  if (countsOnPayment(status)) return { ...row, status };
  const settled = { ...row, status, refundKeyNumber: 0, hasOpenLetter: false };
  if (statusAfter('PAYMENT_REQUESTED', status) !== undefined) return settled;
  return { ...settled, isClosed: false, generation: 0, keyNumber: 0 };
}

/** As openPaymentAgain() does. @throws BrokenStep */
export function payAgain(row: OrderRow): OrderRow {
  const { intent, previous, isClosed, generation } = row;
  return {
    ...applyEvents(row, 'PAYMENT_REQUESTED'),
    intent: 0,
    previous: intent === 0 ? previous : intent,
    // A payment that the gateway has refused to make can never succeed.
    ...(isClosed ? { isClosed: false, generation: generation + 1, keyNumber: 0 } : {}),
  };
}

/**
 * Stores an outcome by compare-and-set. There are no versions: where the status is the expected one and no dead letter
 * was opened or settled, it succeeds. That allows more than the product does, and covers versions that come again after
 * commits were lost.
 * @returns the new row; undefined where the order has moved on
 * @throws BrokenStep
 */
export function storeOutcome(
  state: State,
  {
    order,
    status,
    intent,
    hasOpenLetter = false,
  }: Pick<Run, 'order' | 'status' | 'intent'> & { readonly hasOpenLetter?: boolean },
  rules: Rules,
  types: readonly OrderEventType[],
): OrderRow | undefined {
  const after = statusAfterEvents(types, status);
  const row = rowOf(state, order);
  const isOther = row !== undefined && rules.comparesIntent && paymentOf(row) !== intent;
  if (row === undefined || isOther) return undefined;
  const isExpected = row.status === status && row.hasOpenLetter === hasOpenLetter;
  return isExpected || !rules.comparesStatus ? withStatus(row, after) : undefined;
}

/** The PaymentIntent that a task of the order is about. */
function paymentOf({ status, intent, previous }: OrderRow): number {
  return intent === 0 && taskIn(status) === 'REFUND' ? previous : intent;
}

/** Opens a dead letter, unless the order has moved on. */
export function openLetter(state: State, { order, status }: Pick<Run, 'order' | 'status'>): State {
  const row = rowOf(state, order);
  if (row?.status !== status || row.hasOpenLetter) return state;
  return { ...state, row: { ...applyEvents(row, 'DEAD_LETTERED'), hasOpenLetter: true } };
}

/** As storePaymentIntentIds() does. @returns undefined where the order is no longer charged, or is charged anew */
export function storeIntent(
  state: State,
  { order, intent, key }: Pick<Run, 'order' | 'intent' | 'key'>,
  rules: Rules,
): State | undefined {
  const row = rowOf(state, order);
  if (row === undefined || !mayTakeMoney(row.status) || row.isClosed) return undefined;
  if (row.generation !== generationOf(key) || row.previous === intent) return undefined;
  return withIntent(state, row, intent, rules);
}

/** As adoptPayment() does. @returns undefined where no money of the order is on its way, or it is returned */
export function adoptIntent(
  state: State,
  { order, intent, knowsOfBounce }: Pick<Run, 'order' | 'intent' | 'knowsOfBounce'>,
  rules: Rules,
): State | undefined {
  const row = rowOf(state, order);
  if (row === undefined || taskIn(row.status) === undefined) return undefined;
  if (rules.adoptsOnlyStarted && STATUSES[row.status].money === 'untouched') return undefined;
  const isKept = knowsOfBounce && state.orphans[intent - 1] === 'returned';
  const orphans = isKept ? state.orphans.with(intent - 1, 'unlisted') : state.orphans;
  return attachIntent({ ...state, orphans }, row, intent, rules);
}

/** As adoptIntent(), whatever the order's status. */
export function attachIntent(state: State, row: OrderRow, intent: number, rules: Rules): State | undefined {
  const previous = row.previous === intent ? 0 : row.previous;
  return withIntent(state, { ...row, isClosed: false, previous }, intent, rules);
}

/** Unless the order has another one, or an operator returns the money. Its key is of no use afterwards. */
function withIntent(state: State, row: OrderRow, intent: number, rules: Rules): State | undefined {
  if (row.intent !== 0) return { ...state, row };
  const orphan = state.orphans[intent - 1];
  if (orphan === 'claimed' || (orphan === 'returned' && rules.refusesReturned)) return undefined;
  const orphans = state.orphans.with(intent - 1, 'unlisted');
  return { ...state, row: { ...row, intent, keyNumber: 0 }, orphans };
}

/** As beginGeneration() does. @returns the key under which the next PaymentIntent is asked for, too */
export function nextGeneration(
  state: State,
  { order, key }: Pick<Run, 'order' | 'key'>,
): { readonly state: State; readonly key: number } {
  const before = generationOf(key);
  const isLast = before + 1 >= state.budget.generations;
  const next = isLast ? key : keySlot({ generation: before + 1, keyNumber: 0 });
  const row = rowOf(state, order);
  if (row?.intent !== 0 || row.generation !== before) return { state, key: next };
  const begun = isLast ? {} : { generation: before + 1, keyNumber: 0 };
  return { state: { ...state, row: { ...row, ...begun, previous: 0 } }, key: next };
}
