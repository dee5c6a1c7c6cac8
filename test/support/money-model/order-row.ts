import {
  countsOnPayment,
  mayTakeMoney,
  type OrderEventType,
  type OrderStatus,
  statusAfter,
  taskIn,
} from '../../../src/orders/lifecycle.js';
import type { Rules } from './rules.js';
import { type OrderName, type OrderRow, rowOf, type Run, type State } from './state.js';

/** The product would throw: the lifecycle table does not allow the event. */
export class ForbiddenEvent extends Error {}

/** @throws ForbiddenEvent */
export function statusAfterEvents(types: readonly OrderEventType[], status: OrderStatus): OrderStatus {
  return types.reduce((from, type) => {
    const to = statusAfter(type, from);
    if (to === undefined) throw new ForbiddenEvent(`the product tries ${type} in ${from}`);
    return to;
  }, status);
}

/** @throws ForbiddenEvent */
export function applyEvents(row: OrderRow, ...types: readonly OrderEventType[]): OrderRow {
  return withStatus(row, statusAfterEvents(types, row.status));
}

/** In a status that counts on no payment, nothing else matters: paying again is not part of the model. */
function withStatus(row: OrderRow, status: OrderStatus): OrderRow {
  if (countsOnPayment(status)) return { ...row, status };
  return {
    ...row,
    status,
    isClosed: false,
    generation: 0,
    keyNumber: 0,
    refundKeyNumber: 0,
    hasOpenLetter: false,
  };
}

/**
 * Stores an outcome by compare-and-set. There are no versions: where the status is the expected one and no dead letter
 * was opened or settled, it succeeds. That allows more than the product does, and covers versions that come again after
 * commits were lost.
 * @returns the new row; undefined where the order has moved on
 * @throws ForbiddenEvent
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
  if (row === undefined || (rules.comparesIntent && row.intent !== intent)) return undefined;
  const isExpected = row.status === status && row.hasOpenLetter === hasOpenLetter;
  return isExpected || !rules.comparesStatus ? withStatus(row, after) : undefined;
}

/** Opens a dead letter, unless the order has moved on. */
export function openLetter(state: State, { order, status }: Pick<Run, 'order' | 'status'>): State {
  const row = rowOf(state, order);
  if (row?.status !== status || row.hasOpenLetter) return state;
  return { ...state, row: { ...applyEvents(row, 'DEAD_LETTERED'), hasOpenLetter: true } };
}

/** As storePaymentIntentIds() does. @returns undefined where the order is no longer charged */
export function storeIntent(state: State, order: OrderName, intent: number, rules: Rules): State | undefined {
  const row = rowOf(state, order);
  if (row === undefined || !mayTakeMoney(row.status) || row.isClosed) return undefined;
  return withIntent(state, row, intent, rules);
}

/** As adoptPayment() does. @returns undefined where none of the order's tasks is due */
export function adoptIntent(state: State, order: OrderName, intent: number, rules: Rules): State | undefined {
  const row = rowOf(state, order);
  if (row === undefined || taskIn(row.status) === undefined) return undefined;
  return withIntent(state, { ...row, isClosed: false }, intent, rules);
}

/** Unless the order has another one, or an operator returns the money. Keys are of no use afterwards. */
function withIntent(state: State, row: OrderRow, intent: number, rules: Rules): State | undefined {
  if (row.intent !== 0) return { ...state, row };
  const orphan = state.orphans[intent - 1];
  if (orphan === 'claimed' || (orphan === 'returned' && rules.refusesReturned)) return undefined;
  const orphans = state.orphans.with(intent - 1, 'unlisted');
  return { ...state, row: { ...row, intent, generation: 0, keyNumber: 0 }, orphans };
}
