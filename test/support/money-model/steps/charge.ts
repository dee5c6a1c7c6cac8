import { waitsForCustomer } from '../../../../src/orders/lifecycle.js';
import { mayHappen, spend } from '../budget.js';
import { cancel, create, settle } from '../gateway.js';
import { keySlot } from '../key-slots.js';
import { openLetter, storeIntent, storeOutcome } from '../order-row.js';
import type { Rules } from '../rules.js';
import { type ChargeStep, type Intent, intentOf, rowOf, type Run, type State } from '../state.js';
import { ended, type RunMove } from './move.js';

/** The next step of a charge. */
export function chargeMoves(step: ChargeStep, state: State, run: Run, rules: Rules): RunMove[] {
  switch (step) {
    case 'create':
      return createMoves(state, run, rules);
    case 'store':
      return [store(state, run, rules)];
    case 'confirm':
      return intentOf(state, run.intent)?.status === 'unconfirmed'
        ? confirmMoves(state, run, rules)
        : lookUp(state, run, rules);
    case 'end-payment': {
      const after = { ...state, gateway: cancel(state.gateway, run.intent) };
      return [
        { text: `cancels PaymentIntent ${run.intent}`, state: after, run: { ...run, step: 'confirm' } },
      ];
    }
    case 'wait-for-customer':
      return [waitForCustomer(state, run, rules)];
    case 'pay':
      return [pay(state, run, rules)];
    case 'decline-closed':
      return [decline(state, { ...run, intent: 0 }, rules, 'stores the refusal')];
  }
}

function createMoves(state: State, run: Run, rules: Rules): RunMove[] {
  const { order, key } = run;
  const mayFail = mayHappen(state, 'error');
  const moves = create(state.gateway, order, key, mayFail).map(({ kind, gateway, intent, text }): RunMove => {
    const words = `asks for a PaymentIntent for order ${order} under key ${key}: ${text}`;
    const after = { ...state, gateway };
    switch (kind) {
      case 'made':
        return {
          text: words,
          state: after,
          run: { ...run, step: rules.storesBeforeConfirm ? 'store' : 'confirm', intent },
        };
      case 'error':
        return ended(words, nextKey(gateway === state.gateway ? after : spend(after, 'error'), run));
      case 'reused':
        return rules.searches
          ? { text: words, state: after, run: { ...run, step: 'search-reused-key' } }
          : ended(words, nextKey(after, run));
    }
  });
  return mayFail && state.gateway.keys[key] === null ? [...moves, refuse(spend(state, 'error'), run)] : moves;
}

/** Moves on from a key under which the gateway has saved an error, as replaceKey() does. */
export function nextKey(state: State, { order, key }: Run): State {
  const row = rowOf(state, order);
  if (row === undefined || row.intent !== 0 || keySlot(row) !== key) return state;
  return { ...state, row: { ...row, keyNumber: row.keyNumber + 1 } };
}

/** As closePayment() does: from now on no PaymentIntent is stored. */
function refuse(state: State, run: Run): RunMove {
  const text = `asks for a PaymentIntent for order ${run.order}: the gateway refuses`;
  const row = rowOf(state, run.order);
  if (row === undefined) return ended(text, state);
  if (row.intent !== 0) return { text, state, run: { ...run, step: 'confirm', intent: row.intent } };
  return {
    text,
    state: { ...state, row: { ...row, isClosed: true } },
    run: { ...run, step: 'decline-closed' },
  };
}

function store(state: State, run: Run, rules: Rules): RunMove {
  const after = storeIntent(state, run, rules);
  const stored = after?.row?.intent;
  if (after === undefined || stored === undefined)
    return ended(`can not store PaymentIntent ${run.intent}: order ${run.order} has moved on`, state);
  const step = rules.storesBeforeConfirm || stored !== run.intent ? 'confirm' : 'pay';
  const text = `stores PaymentIntent ${run.intent} on order ${run.order}`;
  return {
    text: stored === run.intent ? text : `${text}, which has ${stored}`,
    state: after,
    run: { ...run, step, intent: stored },
  };
}

function confirmMoves(state: State, run: Run, rules: Rules): RunMove[] {
  const text = `confirms PaymentIntent ${run.intent}`;
  const become = (status: Intent['status']) => ({
    ...state,
    gateway: settle(state.gateway, run.intent, status),
  });
  const moves: RunMove[] = [
    {
      text: `${text}: the money is taken`,
      state: become('succeeded'),
      run: { ...run, step: rules.storesBeforeConfirm ? 'pay' : 'store' },
    },
  ];
  if (mayHappen(state, 'decline'))
    moves.push({ text: `${text}: declined`, state: spend(become('declined'), 'decline'), run });
  if (mayHappen(state, 'action'))
    moves.push({
      text: `${text}: the bank wants the customer`,
      state: spend(become('requires-action'), 'action'),
      run: { ...run, step: 'wait-for-customer' },
    });
  if (mayHappen(state, 'error'))
    moves.push({
      text: `${text}: refused`,
      state: spend(state, 'error'),
      run: { ...run, step: 'end-payment' },
    });
  return moves;
}

/** Only what can't change any more is read and acted on in one step: reading it earlier makes no difference. */
function lookUp(state: State, run: Run, rules: Rules): RunMove[] {
  const text = `looks up PaymentIntent ${run.intent}`;
  const intent = intentOf(state, run.intent);
  switch (intent?.status) {
    case 'requires-action':
      return lookUpAction(`${text}, which waits for the customer`, state, run, rules);
    case 'declined':
      return [
        rules.cancelsDeclined
          ? { text: `${text}, which was declined`, state, run: { ...run, step: 'end-payment' } }
          : decline(state, run, rules, `${text}, which was declined`),
      ];
    case 'succeeded':
      return [lookUpTaken(text, state, run, intent.returns > 0, rules)];
    case 'unconfirmed':
    case 'cancelled':
    case undefined:
      return [decline(state, run, rules, `${text}, which can not succeed`)];
  }
}

/** The time may be up at any moment. */
function lookUpAction(text: string, state: State, run: Run, rules: Rules): RunMove[] {
  if (!waitsForCustomer(run.status)) return [{ text, state, run: { ...run, step: 'wait-for-customer' } }];
  const waits = ended(text, state);
  if (!rules.limitsTime) return [waits];
  const words = `${text}, and the time is up`;
  return [
    waits,
    rules.cancelsOverdue
      ? { text: words, state, run: { ...run, step: 'end-payment' } }
      : decline(state, run, rules, words),
  ];
}

function waitForCustomer(state: State, run: Run, rules: Rules): RunMove {
  if (waitsForCustomer(run.status)) return ended(`leaves order ${run.order} to its customer`, state);
  const row = storeOutcome(state, run, rules, ['PAYMENT_ACTION_REQUIRED']);
  return row === undefined
    ? ended(`stores no action: order ${run.order} has moved on`, state)
    : ended(`stores that order ${run.order} is ${row.status}`, { ...state, row });
}

function lookUpTaken(text: string, state: State, run: Run, isReturned: boolean, rules: Rules): RunMove {
  if (isReturned && rules.looksUpReturns)
    return ended(`${text}: its money was returned, so it gives up`, openLetter(state, run));
  return {
    text: `${text}: it has succeeded`,
    state,
    run: { ...run, step: 'pay', ignoresReturn: isReturned },
  };
}

function pay(state: State, run: Run, rules: Rules): RunMove {
  const row = storeOutcome(state, run, rules, ['PAYMENT_SUCCEEDED']);
  if (row === undefined) return ended(`stores no success: order ${run.order} has moved on`, state);
  const hasLostCancellation = state.hasLostCancellation && !run.ignoresReturn;
  return ended(`stores that order ${run.order} is ${row.status}`, { ...state, row, hasLostCancellation });
}

function decline(state: State, run: Run, rules: Rules, text: string): RunMove {
  const compared = { ...rules, comparesIntent: rules.comparesIntent && rules.comparesFailures };
  const row = storeOutcome(state, run, compared, ['PAYMENT_DECLINED']);
  return row === undefined
    ? ended(`${text}: order ${run.order} has moved on`, state)
    : ended(`${text}: order ${run.order} is ${row.status}`, { ...state, row });
}
