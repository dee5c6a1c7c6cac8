import { cancel } from '../gateway.js';
import { generationOf } from '../key-slots.js';
import { adoptIntent, nextGeneration, openLetter } from '../order-row.js';
import type { Rules } from '../rules.js';
import { type EarlierStep, holdsMoney, intentOf, rowOf, type Run, type State } from '../state.js';
import { nextKey } from './charge.js';
import { ended, type RunMove } from './move.js';

/** The next step of a run that looks for an earlier PaymentIntent of the order key. */
export function earlierMove(step: EarlierStep, state: State, run: Run, rules: Rules): RunMove {
  switch (step) {
    case 'search':
    case 'search-reused-key':
      return search(state, run, rules);
    case 'cancel-others':
      return cancelOther(state, run);
    case 'adopt':
      return adopt(state, run, rules);
    case 'cancel-previous':
      return cancelPrevious(state, run, rules);
    case 'next-generation':
      return goOn(state, run);
  }
}

/** Whether a run without a stored PaymentIntent searches before it creates one; both, where it may not know of the gap. */
export function searchOptions({ row, gap, orphans }: State, rules: Rules): boolean[] {
  if (row?.intent !== 0 || !rules.searches) return [false];
  if (gap === 'open' || orphans.some((orphan) => orphan !== 'unlisted')) return [true];
  return gap === 'recent' ? [true, false] : [false];
}

/** What is listed is found at once; the search's index lags. */
function findAll({ gateway, gap, orphans }: State): number[] {
  return gateway.intents.flatMap((_, index) =>
    gap === 'covered' || index < gateway.indexed || orphans[index] !== 'unlisted' ? [index + 1] : [],
  );
}

function search(state: State, run: Run, rules: Rules): RunMove {
  const found = findAll(state);
  const text = `searches for PaymentIntents of the order key: ${found.join(', ') || 'none'}`;
  if (found.length === 0) return whereNone(text, state, run);
  const taken = found.filter((each) => intentOf(state, each)?.status === 'succeeded');
  const holding = taken.find((each) => holdsMoney(state, each));
  if (holding !== undefined) return { text, state, run: takeOver(state, run, holding, rules) };
  if (taken.length > 0) return whereReturned(text, state, run);
  // One that waits for its customer is cancelled like one that was declined.
  const open = found.filter((each) => intentOf(state, each)?.status === 'unconfirmed');
  // The oldest: a search whose index lags misses the newest.
  const intent = open[0] ?? 0;
  if (intent !== 0 && !rules.cancelsOthers) return { text, state, run: { ...run, step: 'adopt', intent } };
  return { text, state, run: afterCancelling(state, { ...run, intent, found }) };
}

/** Whether the money was returned before is read first: an operator may return it at any time. */
function takeOver({ orphans }: State, run: Run, intent: number, rules: Rules): Run {
  const knowsOfBounce = rules.adoptsBounced && orphans[intent - 1] === 'returned';
  return { ...run, step: 'adopt', intent, knowsOfBounce };
}

function whereNone(text: string, state: State, run: Run): RunMove {
  if (run.task === 'REFUND') return { text, state, run: withoutEarlier(state, run) };
  if (run.step === 'search-reused-key') return ended(text, nextKey(state, run));
  return { text, state, run: { ...run, step: run.intent === 0 ? 'create' : 'cancel-previous' } };
}

function whereReturned(text: string, state: State, run: Run): RunMove {
  const words = `${text}, and its money was returned`;
  if (run.task === 'REFUND') return { text: words, state, run: withoutEarlier(state, run) };
  return ended(`${words}, so it gives up`, openLetter(state, run));
}

function othersOf(state: State, { intent, found }: Run): number[] {
  return found.filter((each) => each !== intent && intentOf(state, each)?.status !== 'cancelled');
}

function afterCancelling(state: State, run: Run): Run {
  if (othersOf(state, run).length > 0) return { ...run, step: 'cancel-others' };
  if (run.intent !== 0) return { ...run, step: 'adopt', found: [] };
  return run.task === 'CHARGE' ? { ...run, step: 'next-generation', found: [] } : withoutEarlier(state, run);
}

/** The run of a refund for which nothing lost was found. */
function withoutEarlier(state: State, run: Run): Run {
  const intent = rowOf(state, run.order)?.previous ?? 0;
  return { ...run, step: intent === 0 ? 'complete' : 'cancel', intent, found: [] };
}

function cancelOther(state: State, run: Run): RunMove {
  const [other] = othersOf(state, run);
  if (other === undefined)
    return { text: 'finds nothing to cancel', state, run: afterCancelling(state, run) };
  const after = { ...state, gateway: cancel(state.gateway, other) };
  if (intentOf(after, other)?.status !== 'cancelled')
    return ended(`can not cancel PaymentIntent ${other}: its money was taken`, state);
  return { text: `cancels PaymentIntent ${other}`, state: after, run: afterCancelling(after, run) };
}

function adopt(state: State, run: Run, rules: Rules): RunMove {
  const { intent, order } = run;
  const after = adoptIntent(state, run, rules);
  const stored = after?.row?.intent;
  if (after === undefined || stored === undefined)
    return ended(
      `can not adopt PaymentIntent ${intent}: its money is returned, or order ${order} has moved on`,
      state,
    );
  const step = run.task === 'CHARGE' ? 'confirm' : 'cancel';
  return {
    text: `adopts PaymentIntent ${intent} for order ${order}`,
    state: after,
    run: { ...run, step, intent: stored, found: [], knowsOfBounce: false },
  };
}

/** Of an order that is paid again. Where it has succeeded after all, it is the order's payment. */
function cancelPrevious(state: State, run: Run, rules: Rules): RunMove {
  const { intent } = run;
  const next = { ...run, step: 'next-generation', intent: 0 } as const;
  if (!rules.cancelsPrevious) return { text: `leaves PaymentIntent ${intent} as it is`, state, run: next };
  const after = { ...state, gateway: cancel(state.gateway, intent) };
  if (intentOf(after, intent)?.status === 'cancelled')
    return { text: `cancels PaymentIntent ${intent}`, state: after, run: next };
  const text = `finds PaymentIntent ${intent} paid`;
  return holdsMoney(state, intent)
    ? { text, state, run: takeOver(state, run, intent, rules) }
    : whereReturned(text, state, run);
}

/**
 * As createNext() does: a PaymentIntent is asked for even where another worker has begun the generation. While a search
 * is behind, every run that is killed begins another generation.
 */
function goOn(state: State, run: Run): RunMove {
  const next = nextGeneration(state, run);
  const text = `goes on with generation ${generationOf(next.key)}`;
  return { text, state: next.state, run: { ...run, step: 'create', key: next.key } };
}
