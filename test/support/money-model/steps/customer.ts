import { STATUSES, statusAfter, waitsForCustomer } from '../../../../src/orders/lifecycle.js';
import { mayHappen, spend } from '../budget.js';
import { settle } from '../gateway.js';
import { newRow } from '../initial-state.js';
import { applyEvents, payAgain } from '../order-row.js';
import type { Rules } from '../rules.js';
import type { Intent, OrderRow, State } from '../state.js';
import type { Move } from './move.js';

/** What the customer may do, here and at the bank. */
export function customerMoves(state: State, rules: Rules): Move[] {
  const { row } = state;
  if (row === null)
    return [
      { text: 'the customer repeats createOrder: order B', state: { ...state, row: newRow('B') } },
      ...bankMoves(state),
    ];
  return [
    ...cancelMoves(state, row),
    ...payMoves(state, row),
    ...completeMoves(state, row, rules),
    ...bankMoves(state),
  ];
}

function cancelMoves(state: State, row: OrderRow): Move[] {
  const { cancellation } = STATUSES[row.status];
  if (cancellation === 'accepted' || cancellation === 'refused' || !mayHappen(state, 'cancellation'))
    return [];
  const cancelled = { ...applyEvents(row, cancellation), hasOpenLetter: false };
  const after = { ...spend(state, 'cancellation'), row: cancelled };
  return [{ text: `the customer cancels order ${row.name}: it is ${cancelled.status}`, state: after }];
}

function payMoves(state: State, row: OrderRow): Move[] {
  if (statusAfter('PAYMENT_REQUESTED', row.status) === undefined || !mayHappen(state, 'payment')) return [];
  const paid = payAgain(row);
  return [
    {
      text: `the customer pays order ${row.name} again: it is ${paid.status}`,
      state: { ...spend(state, 'payment'), row: paid },
    },
  ];
}

/** completePaymentAction only wakes a worker, and workers run at any time here. */
function completeMoves(state: State, row: OrderRow, rules: Rules): Move[] {
  if (rules.asksGateway || !waitsForCustomer(row.status)) return [];
  const paid = applyEvents(row, 'PAYMENT_SUCCEEDED');
  return [
    {
      text: `the customer says that order ${row.name} is paid, and is believed`,
      state: { ...state, row: paid },
    },
  ];
}

/** The browser may have the client secret of each PaymentIntent, and go on with it until it has ended. */
function bankMoves(state: State): Move[] {
  return state.gateway.intents.flatMap(({ status }, index): Move[] => {
    const intent = index + 1;
    const become = (after: Intent['status']) => ({ ...state, gateway: settle(state.gateway, intent, after) });
    if (status === 'declined')
      return [
        { text: `the customer pays PaymentIntent ${intent} by another card`, state: become('succeeded') },
      ];
    if (status !== 'requires-action') return [];
    return [
      {
        text: `the customer authenticates PaymentIntent ${intent}: the money is taken`,
        state: become('succeeded'),
      },
      { text: `the customer fails to authenticate PaymentIntent ${intent}`, state: become('declined') },
    ];
  });
}
