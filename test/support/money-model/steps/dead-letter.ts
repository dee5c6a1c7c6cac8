import { mayTakeMoney } from '../../../../src/orders/lifecycle.js';
import { mayHappen, spend } from '../budget.js';
import { cancel, create } from '../gateway.js';
import { keySlot } from '../key-slots.js';
import { applyEvents, nextGeneration, storeIntent, storeOutcome } from '../order-row.js';
import type { Rules } from '../rules.js';
import { type Discard, holdsMoney, type OrderRow, rowOf, type State } from '../state.js';
import { searchOptions } from './earlier.js';
import type { Move } from './move.js';

/** An operator retries an open dead letter, or discards it after a check at the gateway. */
export function deadLetterMoves(state: State, rules: Rules): Move[] {
  const { row, discard } = state;
  const decisions =
    row?.hasOpenLetter === true && mayHappen(state, 'decision') ? decide(state, row, rules) : [];
  if (discard === null) return decisions;
  const left = { text: 'the discard check ends without a decision', state: { ...state, discard: null } };
  return [...decisions, left, ...discardMoves(state, discard, rules)];
}

function decide(before: State, row: OrderRow, rules: Rules): Move[] {
  const state = spend(before, 'decision');
  const retried = { ...applyEvents(row, 'DEAD_LETTER_RETRIED'), hasOpenLetter: false, isClosed: false };
  const retry = { text: 'an operator retries the dead letter', state: { ...state, row: retried } };
  if (state.discard !== null) return [retry];
  const begun = { ...state, discard: beginDiscard(row, rules) };
  return [retry, { text: 'an operator begins to discard the dead letter', state: begun }];
}

function beginDiscard(row: OrderRow, rules: Rules): Discard {
  const { name, status, intent, previous, isClosed } = row;
  const key = intent === 0 ? keySlot(row) : 0;
  const isSettled = isClosed || (intent === 0 && !mayTakeMoney(status)) || !rules.discardCancels;
  const begun = { order: name, status, key };
  if (isSettled) return { ...begun, step: 'apply', intent };
  if (intent !== 0) return { ...begun, step: 'cancel', intent };
  return { ...begun, step: previous === 0 ? 'create' : 'cancel-previous', intent: previous };
}

function discardMoves(state: State, discard: Discard, rules: Rules): Move[] {
  const { order, intent } = discard;
  const go = (text: string, after: State, to: Pick<Discard, 'step' | 'intent'>): Move => ({
    text: `the discard check ${text}`,
    state: { ...after, discard: { ...discard, ...to } },
  });
  switch (discard.step) {
    case 'cancel-previous':
      return cancelPrevious(state, discard, rules);
    case 'create':
      return createdFor(state, discard, rules).map(({ gateway, intent: made, text }) =>
        go(`asks for a PaymentIntent: ${text}`, { ...state, gateway }, { step: 'store', intent: made }),
      );
    case 'store': {
      const after = storeIntent(state, discard, rules) ?? state;
      const stored = rowOf(after, order)?.intent ?? 0;
      const cancelled = stored === 0 ? intent : stored;
      return [go(`stores PaymentIntent ${intent}`, after, { step: 'cancel', intent: cancelled })];
    }
    case 'cancel': {
      const after = { ...state, gateway: cancel(state.gateway, intent) };
      if (holdsMoney(after, intent)) return [];
      return [go(`cancels PaymentIntent ${intent}`, after, { step: 'apply', intent })];
    }
    case 'apply':
      return applyDiscard(state, discard, rules);
  }
}

/** As createdFor(). */
function cancelPrevious(state: State, discard: Discard, rules: Rules): Move[] {
  const { intent } = discard;
  if (mustSearch(state, rules)) return [];
  const after = { ...state, gateway: cancel(state.gateway, intent) };
  const next = nextGeneration(after, discard);
  if (holdsMoney(after, intent)) return [];
  const begun = { ...discard, step: 'create', intent: 0, key: next.key } as const;
  return [
    {
      text: `the discard check cancels PaymentIntent ${intent}, which failed before`,
      state: { ...next.state, discard: begun },
    },
  ];
}

function mustSearch(state: State, rules: Rules): boolean {
  return rules.discardSearches && searchOptions(state, rules).every((searches) => searches);
}

/** It fails closed: an error, a used key or an earlier PaymentIntent ends it. */
function createdFor(state: State, { order, key }: Discard, rules: Rules) {
  if (mustSearch(state, rules)) return [];
  return create(state.gateway, order, key, false).filter(({ kind }) => kind === 'made');
}

function applyDiscard(state: State, discard: Discard, rules: Rules): Move[] {
  if (holdsMoney(state, discard.intent)) return [];
  const row = storeOutcome(state, { ...discard, hasOpenLetter: true }, rules, ['DEAD_LETTER_DISCARDED']);
  if (row === undefined) return [];
  const text = `the dead letter is discarded: order ${row.name} is ${row.status}`;
  return [{ text, state: { ...state, row, discard: null } }];
}
