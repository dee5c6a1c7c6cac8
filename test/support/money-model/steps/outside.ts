import { STATUSES } from '../../../../src/orders/lifecycle.js';
import { effectOf, SUCCEEDED } from '../../../../src/payments/stripe/webhook-effect.js';
import { mayHappen, spend } from '../budget.js';
import { applyEvents } from '../order-row.js';
import type { Rules } from '../rules.js';
import { intentOf, type OrderRow, type State } from '../state.js';
import type { Move } from './move.js';
import { sweepMoves } from './sweep.js';

const TOTAL = { amount: 100, currency: 'EUR' };

/** What happens outside of the workers and the customer: webhooks, time, and what PostgreSQL loses. */
export function outsideMoves(state: State, rules: Rules): Move[] {
  return [
    ...webhookMoves(state),
    ...indexMoves(state),
    ...forgetMoves(state, rules),
    ...lossMoves(state, rules),
  ];
}

/** An event of a success may come at any time, and again. The others only wake workers, which run at any time here. */
function webhookMoves(state: State): Move[] {
  const { row } = state;
  if (row === null || intentOf(state, row.intent)?.status !== 'succeeded') return [];
  const order = { ...TOTAL, status: row.status, waitsForOperator: row.hasOpenLetter };
  const { kind } = effectOf({ type: SUCCEEDED, payment: { total: TOTAL, received: TOTAL } }, order);
  if (kind !== 'confirm') return [];
  const confirmed = { ...applyEvents(row, 'PAYMENT_SUCCEEDED'), hasOpenLetter: false };
  return [{ text: `a webhook confirms order ${row.name}`, state: { ...state, row: confirmed } }];
}

/** Only a run that looks for an earlier PaymentIntent searches, so before a loss the index does not matter. */
function indexMoves(state: State): Move[] {
  const { gateway, gap } = state;
  if (gap === 'none' || gap === 'covered' || gateway.indexed === gateway.intents.length) return [];
  const indexed = gateway.indexed + 1;
  return [
    {
      text: `the gateway indexes PaymentIntent ${indexed}`,
      state: { ...state, gateway: { ...gateway, indexed } },
    },
  ];
}

/**
 * A day passes, after which the order can not be paid again. Three things are left out. A run that lasts through both a day and a loss of commits: it could store
 * what it was told before both. A refund that lasts a day: the gateway of the model would return the money twice, where
 * Stripe refuses. And money that reconciliation does not list for a day after the gap is covered.
 */
function forgetMoves(state: State, rules: Rules): Move[] {
  const { gateway, gap, backup, workers, discard } = state;
  if (!mayHappen(state, 'forget') || workers.some((run) => run?.task === 'REFUND')) return [];
  const isIdle = discard === null && workers.every((run) => run === null);
  if (gap !== 'none' && !isIdle) return [];
  if (gap === 'covered' && sweepMoves(state, rules).length > 0) return [];
  const after = spend(state, 'forget');
  const forgotten = {
    ...after,
    budget: { ...after.budget, payment: 0 },
    gateway: {
      ...gateway,
      keys: gateway.keys.map(() => null),
      refundKeys: gateway.refundKeys.map(() => 'unused' as const),
      indexed: gap === 'recent' || gap === 'open' ? gateway.intents.length : 0,
    },
    gap: gap === 'recent' ? ('open' as const) : gap,
    canGoBack: state.canGoBack && isIdle,
    backup: { ...backup, isOld: true },
  };
  return [{ text: 'a day passes, and the gateway forgets its keys', state: forgotten }];
}

/** A backup is restored, or a standby that was behind is promoted: the order is gone, or an older version of itself. */
function lossMoves(state: State, rules: Rules): Move[] {
  const { row, backup, canGoBack } = state;
  if (!canGoBack) return [];
  const made = { ...state, backup: { row, isMade: true, isOld: false } };
  const words = backup.row === null ? 'order A is gone' : `order A is ${backup.row.status} again`;
  const loss = { text: `PostgreSQL goes back: ${words}`, state: afterLoss(state, rules) };
  return backup.isMade ? [loss] : [loss, { text: 'a standby falls behind', state: made }];
}

/**
 * A run may miss a loss of the last second, but not one of a day: the keys that protect it are remembered then. What
 * follows where a loss is known at once is a part of what follows where it may be missed.
 */
function afterLoss(state: State, rules: Rules): State {
  const { row, backup, gateway } = state;
  return {
    ...state,
    row: backup.row,
    backup: { row: null, isMade: true, isOld: true },
    canGoBack: false,
    gap: backup.isOld ? 'open' : 'recent',
    hasLostCancellation: row !== null && isCancelled(row),
    gateway: {
      ...gateway,
      // A search that waits finds all of these; when it does makes no difference.
      indexed: rules.waitsForIndex ? gateway.intents.length : 0,
      // Random keys were stored with the row, and are lost with it.
      keys: rules.derivesKeys ? gateway.keys : gateway.keys.map(() => null),
    },
  };
}

function isCancelled({ status }: OrderRow): boolean {
  const { money } = STATUSES[status];
  return money === 'returning' || money === 'returned';
}
