import { countsOnPayment } from '../../orders/lifecycle.js';
import type { DiscrepancyCase } from './discrepancy-queries.js';

/** The kinds of discrepancies of which the gateway holds no money that could be returned. */
const NOTHING_HELD: Readonly<Partial<Record<DiscrepancyCase['kind'], string>>> = {
  REFUNDED_OUTSIDE:
    'No money is held that could be returned: it went back outside this system. ACCEPT closes this, and cancelling the order returns what is left.',
  DISPUTED: "No money is held that could be returned: the customer's bank decides on it. ACCEPT closes this.",
};

export const NO_MONEY_HELD = 'No money is held for this payment any more. ACCEPT closes this.';
export const PAY_OTHERWISE = 'Return the money by another way, and close this with ACCEPT.';

/**
 * Whether an operator may return the money of a discrepancy: only where no order counts on it.
 * @returns why not, and what to do instead; undefined where it may be returned
 */
export function whyNotRefundable({ kind, order, payer }: DiscrepancyCase): string | undefined {
  const nothingHeld = NOTHING_HELD[kind];
  if (nothingHeld !== undefined) return nothingHeld;
  // The payment of a double payment that its order does not know may be returned whatever the order's status.
  const concerned = [payer, kind === 'AMOUNT_MISMATCH' ? order : null];
  const counting = concerned.find((candidate) => candidate !== null && countsOnPayment(candidate.status));
  if (counting == null) return undefined;
  const { id, status } = counting;
  return status === 'CANCELLING'
    ? `Order ${id} is CANCELLING, which returns its money.`
    : `Order ${id} is ${status} and counts on this payment. Cancel the order to return its money.`;
}
