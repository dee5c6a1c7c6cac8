import { mayHappen, spend } from '../budget.js';
import { bounce, giveBack } from '../gateway.js';
import type { Rules } from '../rules.js';
import { holdsMoney, type Orphan, type State } from '../state.js';
import type { Move } from './move.js';
import { saveRefund } from './refund.js';

/**
 * An operator returns an orphan's money. The decision is stored first, by a compare-and-set and only where no order has
 * the PaymentIntent; then anybody may go on with it, and looks at what is held before.
 */
export function orphanMoves(state: State, rules: Rules): Move[] {
  return state.orphans.flatMap((orphan, index): Move[] => {
    const intent = index + 1;
    if (orphan === 'listed' && holdsMoney(state, intent) && mayDecide(state, intent))
      return [
        {
          text: `an operator decides to return the money of PaymentIntent ${intent}`,
          state: become(spend(state, 'decision'), intent, 'claimed'),
        },
      ];
    if (orphan === 'returned' && mayBounce(state, intent))
      return [
        {
          text: `the bank sends the money of PaymentIntent ${intent} back`,
          state: { ...state, gateway: bounce(state.gateway, intent) },
        },
      ];
    if (orphan !== 'claimed') return [];
    return holdsMoney(state, intent)
      ? [
          {
            text: `the money of PaymentIntent ${intent} is returned`,
            state: returnMoney(state, intent, rules),
          },
        ]
      : [{ text: `PaymentIntent ${intent} is marked as returned`, state: become(state, intent, 'returned') }];
  });
}

/** Days later. A refund that lasts so long is left out: it could have searched before. */
function mayBounce(state: State, intent: number): boolean {
  return !holdsMoney(state, intent) && state.workers.every((run) => run?.task !== 'REFUND');
}

function mayDecide(state: State, intent: number): boolean {
  return state.row?.intent !== intent && mayHappen(state, 'decision');
}

function become(state: State, intent: number, orphan: Orphan): State {
  return { ...state, orphans: state.orphans.with(intent - 1, orphan) };
}

function returnMoney(state: State, intent: number, rules: Rules): State {
  const { gateway } = state;
  const after = { ...state, gateway: giveBack(gateway, intent) };
  const key = gateway.refundKeys.findIndex((saved) => saved !== 'error');
  return rules.sharesRefundKey ? saveRefund(after, key, 'returned') : after;
}
