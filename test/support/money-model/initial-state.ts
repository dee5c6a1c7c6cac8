import { CREATION, TRANSITIONS } from '../../../src/orders/lifecycle.js';
import { GENERATIONS, KEY_NUMBERS, MAX_INTENTS } from './bounds.js';
import type { Budget } from './budget.js';
import type { OrderName, OrderRow, State } from './state.js';

/** As createOrder stores it. */
export function newRow(name: OrderName): OrderRow {
  return {
    name,
    status: CREATION.status,
    intent: 0,
    previous: 0,
    isClosed: false,
    generation: 0,
    keyNumber: 0,
    refundKeyNumber: 0,
    hasOpenLetter: false,
  };
}

/** new: nothing else has happened. failed: so has its first payment, and PostgreSQL can go back to no earlier time. */
export type Start = 'new' | 'failed';

export function initialState(budget: Budget, start: Start): State {
  const created = newState(budget);
  if (start === 'new') return created;
  const { gateway } = created;
  const row: OrderRow = {
    ...newRow('A'),
    status: TRANSITIONS.PAYMENT_DECLINED.PAYMENT_PROCESSING,
    intent: 1,
  };
  return {
    ...created,
    row,
    backup: { row, isMade: true, isOld: false },
    gateway: {
      ...gateway,
      intents: [{ order: 'A', generation: 0, status: 'cancelled', returns: 0 }],
      keys: gateway.keys.with(0, { order: 'A', intent: 1 }),
    },
  };
}

function newState(budget: Budget): State {
  return {
    row: newRow('A'),
    backup: { row: null, isMade: false, isOld: false },
    canGoBack: budget.loss > 0,
    gap: 'none',
    hasLostCancellation: false,
    orphans: Array.from({ length: MAX_INTENTS }, () => 'unlisted' as const),
    gateway: {
      intents: [],
      keys: Array.from({ length: GENERATIONS * KEY_NUMBERS }, () => null),
      refundKeys: Array.from({ length: KEY_NUMBERS }, () => 'unused' as const),
      indexed: 0,
    },
    workers: [null, null],
    discard: null,
    budget,
  };
}
