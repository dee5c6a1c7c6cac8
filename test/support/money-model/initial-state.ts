import { CREATION } from '../../../src/orders/lifecycle.js';
import { GENERATIONS, KEY_NUMBERS, MAX_INTENTS } from './bounds.js';
import type { Budget } from './budget.js';
import type { OrderName, OrderRow, State } from './state.js';

/** As createOrder stores it. */
export function newRow(name: OrderName): OrderRow {
  return {
    name,
    status: CREATION.status,
    intent: 0,
    isClosed: false,
    generation: 0,
    keyNumber: 0,
    refundKeyNumber: 0,
    hasOpenLetter: false,
  };
}

/** Before anything else has happened. */
export function initialState(budget: Budget): State {
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
