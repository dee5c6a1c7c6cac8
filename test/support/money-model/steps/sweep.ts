import { mayTakeMoney, taskIn } from '../../../../src/orders/lifecycle.js';
import { applyEvents, attachIntent } from '../order-row.js';
import type { Rules } from '../rules.js';
import { holdsMoney, intentOf, isOpen, type State } from '../state.js';
import type { Move } from './move.js';

/** Reconciliation. Its list of PaymentIntents is complete, unlike a search. */
export function sweepMoves(state: State, rules: Rules): Move[] {
  const after = swept(state, rules);
  if (state.gap === 'recent' || state.gap === 'open') {
    const gateway = { ...after.gateway, indexed: 0 };
    return [{ text: 'a sweep covers the gap', state: { ...after, gap: 'covered', gateway } }];
  }
  return after === state ? [] : [{ text: 'a sweep stores what it has found', state: after }];
}

/** The state after a sweep; the same where it finds nothing new. */
export function swept(state: State, rules: Rules): State {
  return state.gateway.intents.reduce((after, _, index) => compare(after, index + 1, rules), state);
}

/** Stores a PaymentIntent on its own order, where that has none, and lists what else is without an order. */
function compare(state: State, intent: number, rules: Rules): State {
  const { row, orphans } = state;
  const orphan = orphans[intent - 1];
  const isListed = orphan === 'listed' || orphan === 'claimed';
  if (row?.intent === intent || isListed || (orphan === 'returned' && !holdsMoney(state, intent)))
    return state;
  const found = intentOf(state, intent);
  const isDue = row?.intent === 0 && row.name === found?.order && taskIn(row.status) === 'CHARGE';
  if (isDue && (holdsMoney(state, intent) || !rules.attachesOnlyTaken)) {
    const mayAttach = mayTakeMoney(row.status) || !rules.attachStarts;
    const started = mayAttach ? row : applyEvents(row, 'PAYMENT_STARTED');
    return attachIntent(state, started, intent, rules) ?? state;
  }
  return isLost(state, intent, rules) ? { ...state, orphans: orphans.with(intent - 1, 'listed') } : state;
}

/** Money without an order, and in a gap all else that a later order of the key has to know of. */
function isLost(state: State, intent: number, rules: Rules): boolean {
  if (holdsMoney(state, intent)) return true;
  if (state.gap !== 'recent' && state.gap !== 'open') return false;
  if (!rules.listsBesideOrder && state.row?.name === intentOf(state, intent)?.order) return false;
  const isTaken = intentOf(state, intent)?.status === 'succeeded';
  return isTaken ? rules.listsReturned : rules.listsUnconfirmed && isOpen(state, intent);
}
