import { statusAfter, taskIn } from '../../../../src/orders/lifecycle.js';
import { TASKS, type TaskRule } from '../../../../src/payments/task.js';
import { mayHappen } from '../budget.js';
import { keySlot } from '../key-slots.js';
import { applyEvents, openLetter, statusAfterEvents } from '../order-row.js';
import type { Rules } from '../rules.js';
import type { OrderRow, Run, State } from '../state.js';
import { chargeMoves } from './charge.js';
import { earlierMove, searchOptions } from './earlier.js';
import { ended, type Move, type RunMove } from './move.js';
import { refundMoves } from './refund.js';

/**
 * What the workers may do. A job may run at any time and any number of times: the queue delivers at least once, and
 * recovery replaces lost jobs. A worker may be killed before each step. A lost answer is no move of its own: the next
 * run begins anew either way.
 */
export function workerMoves(state: State, rules: Rules): Move[] {
  return state.workers.flatMap((run, index) => {
    const moves = run === null ? beginMoves(state, rules) : runMoves(state, run, rules);
    return moves.map((move) => ({
      text: `worker ${index + 1} ${move.text}`,
      state: { ...move.state, workers: move.state.workers.with(index, move.run) },
    }));
  });
}

function beginMoves(state: State, rules: Rules): RunMove[] {
  const { row } = state;
  const task = row === null ? undefined : taskIn(row.status);
  if (row === null || task === undefined || row.hasOpenLetter) return [];
  const { startedBy }: TaskRule = TASKS[task];
  const mayStart = startedBy !== null && statusAfter(startedBy, row.status) !== undefined;
  const started = mayStart ? applyEvents(row, startedBy) : row;
  const begun = {
    order: row.name,
    task,
    status: started.status,
    found: [],
    knowsOfBounce: false,
    ignoresReturn: false,
  };
  const options = searchOptions(state, rules);
  const knowsOfLoss = task === 'REFUND' && options.every((searches) => searches);
  return [
    ...options.map((searches) => ({
      text: `begins a ${task} of order ${row.name}`,
      state: { ...state, row: started },
      run: { ...begun, knowsOfLoss, ...firstStep(started, searches, rules) },
    })),
    ...(mayHappen(state, 'decision') || (row.isClosed && rules.closedUsesUp) ? [useUp(state, row)] : []),
  ];
}

/** Where no operator can decide any more, a dead letter would only keep others from acting. */
function useUp(state: State, { name, status }: OrderRow): RunMove {
  return ended(`uses up the attempts of order ${name}`, openLetter(state, { order: name, status }));
}

function firstStep(row: OrderRow, searches: boolean, rules: Rules): Pick<Run, 'step' | 'intent' | 'key'> {
  const { intent, previous } = row;
  const isRefund = taskIn(row.status) === 'REFUND';
  const key = isRefund ? row.refundKeyNumber : keySlot(row);
  if (intent !== 0) return { key: isRefund ? key : 0, intent, step: isRefund ? 'cancel' : 'confirm' };
  const searchesFirst = isRefund ? rules.refundSearchesFirst : rules.chargeSearchesFirst;
  if (searches && (searchesFirst || previous === 0)) return { key, intent: previous, step: 'search' };
  if (previous !== 0) return { key, intent: previous, step: isRefund ? 'cancel' : 'cancel-previous' };
  return { key, intent: 0, step: isRefund ? 'complete' : 'create' };
}

function runMoves(state: State, run: Run, rules: Rules): RunMove[] {
  // The event of a failed attempt changes no status.
  statusAfterEvents([TASKS[run.task].failedBy], run.status);
  return [...stepMoves(state, run, rules), ended('is killed', state)];
}

function stepMoves(state: State, run: Run, rules: Rules): RunMove[] {
  const { step } = run;
  switch (step) {
    case 'search':
    case 'search-reused-key':
    case 'cancel-others':
    case 'adopt':
    case 'cancel-previous':
    case 'next-generation':
      return [earlierMove(step, state, run, rules)];
    case 'create':
    case 'store':
    case 'confirm':
    case 'end-payment':
    case 'wait-for-customer':
    case 'pay':
    case 'decline-closed':
      return chargeMoves(step, state, run, rules);
    case 'cancel':
    case 'look-up-refund':
    case 'refund':
    case 'complete':
      return refundMoves(step, state, run, rules);
  }
}
