import { mayHappen, spend } from '../budget.js';
import { BrokenStep } from '../broken.js';
import { cancel, giveBack } from '../gateway.js';
import { storeOutcome } from '../order-row.js';
import type { Rules } from '../rules.js';
import { holdsMoney, intentOf, type RefundStep, rowOf, type Run, type State } from '../state.js';
import { ended, type RunMove } from './move.js';

/** The next step of a refund. */
export function refundMoves(step: RefundStep, state: State, run: Run, rules: Rules): RunMove[] {
  switch (step) {
    case 'cancel': {
      const after = { ...state, gateway: cancel(state.gateway, run.intent) };
      return [
        {
          text: `cancels PaymentIntent ${run.intent}`,
          state: after,
          run: { ...run, step: 'look-up-refund' },
        },
      ];
    }
    case 'look-up-refund':
      return [lookUp(state, run, rules)];
    case 'refund':
      return rules.looksUpRefunds ? refundMovesUnderKey(state, run) : [refund(state, run)];
    case 'complete':
      return [complete(state, run, rules, run.intent !== 0, 'completes the refund')];
  }
}

function lookUp(state: State, run: Run, rules: Rules): RunMove {
  const intent = intentOf(state, run.intent);
  const text = `looks up the refund of PaymentIntent ${run.intent}`;
  if (intent?.status !== 'succeeded')
    return complete(state, run, rules, false, `${text}: no money was taken`);
  const isReturned = intent.returns > 0 && rules.looksUpRefunds;
  return {
    text: `${text}: ${isReturned ? 'returned' : 'none'}`,
    state,
    run: { ...run, step: isReturned ? 'complete' : 'refund' },
  };
}

function refund(state: State, run: Run): RunMove {
  return {
    text: `returns the money of PaymentIntent ${run.intent}`,
    state: { ...state, gateway: giveBack(state.gateway, run.intent) },
    run: { ...run, step: 'complete' },
  };
}

function refundMovesUnderKey(state: State, run: Run): RunMove[] {
  const text = `asks for a refund under key ${run.key}`;
  const saved = state.gateway.refundKeys[run.key];
  if (saved === 'returned')
    return holdsMoney(state, run.intent)
      ? [ended(`${text}: returned before, and sent back by the bank`, nextRefundKey(state, run))]
      : [{ text: `${text}: returned before`, state, run: { ...run, step: 'complete' } }];
  if (saved === 'error') return [ended(`${text}: the saved error again`, nextRefundKey(state, run))];
  const returned = refund(state, run);
  const moves: RunMove[] = [{ ...returned, state: saveRefund(returned.state, run.key, 'returned') }];
  if (!mayHappen(state, 'error')) return moves;
  const fail = (after: State) => nextRefundKey(spend(saveRefund(after, run.key, 'error'), 'error'), run);
  return [
    ...moves,
    ended(`${text}: an error, which the gateway saves`, fail(state)),
    ended(
      `${text}: an error, which the gateway saves, although it has returned the money`,
      fail(returned.state),
    ),
  ];
}

/** The state in which the gateway has saved its answer under the refund's key. */
export function saveRefund(state: State, key: number, answer: 'error' | 'returned'): State {
  const { gateway } = state;
  return { ...state, gateway: { ...gateway, refundKeys: gateway.refundKeys.with(key, answer) } };
}

function nextRefundKey(state: State, { order, key }: Run): State {
  const row = rowOf(state, order);
  return row?.refundKeyNumber === key ? { ...state, row: { ...row, refundKeyNumber: key + 1 } } : state;
}

function complete(state: State, run: Run, rules: Rules, isReturned: boolean, text: string): RunMove {
  const comparesIntent = rules.comparesIntent && (run.intent !== 0 || rules.comparesNone);
  const row = storeOutcome(
    state,
    run,
    { ...rules, comparesIntent },
    isReturned ? ['REFUND_SUCCEEDED', 'ORDER_CANCELLED'] : ['ORDER_CANCELLED'],
  );
  if (row === undefined) return ended(`${text}: order ${run.order} has moved on`, state);
  const overlooked = run.knowsOfLoss ? overlookedBy(state, run) : undefined;
  if (overlooked === undefined)
    return ended(`${text}: order ${run.order} is ${row.status}`, { ...state, row });
  throw new BrokenStep(
    'a refund overlooks no money that can be found',
    `the order is ${row.status}, and PaymentIntent ${overlooked} holds money`,
  );
}

function overlookedBy({ gateway, orphans }: State, { intent }: Run): number | undefined {
  const found = gateway.intents.findIndex(
    ({ status, returns }, index) =>
      status === 'succeeded' && returns === 0 && index + 1 !== intent && orphans[index] !== 'claimed',
  );
  return found < 0 ? undefined : found + 1;
}
