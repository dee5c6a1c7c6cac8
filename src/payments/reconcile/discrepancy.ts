import type { Money } from '../../orders/order.js';
import type { BookedPayment } from '../gateway-books.js';

export type { DiscrepancyKind, DiscrepancyState } from '../../generated/prisma/client.js';

/** Who closes a discrepancy, or returns a payment, where no operator does. */
export const RECONCILIATION = 'reconciliation';

/** What the gateway holds of a payment, in the currency of its total. */
export function heldOf({ received, returned }: Pick<BookedPayment, 'received' | 'returned'>): number {
  return received - returned;
}

/** PostgreSQL's integer. */
const MAX_AMOUNT = 2_147_483_647;

/** Other programs' payments may have amounts and currencies that no order has; the detail names them. */
export function storable(money: Money | null): {
  readonly amount: number | null;
  readonly currency: string | null;
} {
  const isStorable =
    money !== null &&
    Number.isInteger(money.amount) &&
    Math.abs(money.amount) <= MAX_AMOUNT &&
    /^[A-Z]{3}$/.test(money.currency);
  return isStorable ? money : { amount: null, currency: null };
}
