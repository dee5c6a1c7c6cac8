import type { DiscrepancyKind, GatewayPayment } from '../money.js';
import type { TableDump } from '../table-dump.js';

type StoredOrder = TableDump['orders'][number];

/** How a payment and its order differ, by the contract's kinds. */
export interface Difference {
  readonly kind: DiscrepancyKind;
  /** It must be listed; otherwise it may be, as the contract leaves it open. */
  readonly isDue: boolean;
  /** The amounts that may be named as found. */
  readonly found: readonly number[];
}

/** A payment, with what follows from it. */
interface Kept {
  readonly payment: GatewayPayment;
  readonly held: number;
  /** Something is held, and can be returned: the customer's bank has not taken it, and does not claim it. */
  readonly isReturnable: boolean;
}

/** Statuses in which the money is still to be taken. */
const CHARGING: ReadonlySet<string> = new Set(['PENDING', 'PAYMENT_PROCESSING', 'REQUIRES_ACTION']);

/**
 * Compares a payment with its order when all is at rest, independently of the system.
 * @param order undefined if it is not stored
 * @param countingId the payment that counts for the order; undefined if none is stored
 */
export function differencesOf(
  payment: GatewayPayment,
  order: StoredOrder | undefined,
  countingId: string | undefined,
): Difference[] {
  const held = payment.received - payment.returned;
  const isDisputed = payment.dispute === 'open' || payment.dispute === 'lost';
  const kept = { payment, held, isReturnable: held > 0 && !isDisputed };
  return [
    ...where(isDisputed, 'DISPUTED', true, held),
    ...(order !== undefined && countingId === payment.id ? ofItsPayment(kept, order) : []),
    ...(order === undefined || countingId !== payment.id ? ofAnother(kept, order, countingId) : []),
  ];
}

function where(isSo: boolean, kind: DiscrepancyKind, isDue: boolean, ...found: number[]): Difference[] {
  return isSo ? [{ kind, isDue, found }] : [];
}

/** A payment that does not count for any stored order. */
function ofAnother(
  { held, isReturnable }: Kept,
  order: StoredOrder | undefined,
  countingId: string | undefined,
): Difference[] {
  if (order === undefined) return where(held > 0, 'ORPHAN_PAYMENT', isReturnable, held);
  if (countingId !== undefined) return where(held > 0, 'DOUBLE_PAYMENT', isReturnable, held);
  const isDue = isReturnable && !CHARGING.has(order.status);
  return where(held > 0, 'AMOUNT_MISMATCH', isDue, held);
}

function ofItsPayment(kept: Kept, order: StoredOrder): Difference[] {
  const { payment, held, isReturnable } = kept;
  const { received } = payment;
  const owesMoney = held > 0 && order.lastEvent !== 'SETTLED_OUTSIDE';
  switch (order.status) {
    case 'CANCELLED':
      return where(owesMoney, 'REFUND_FAILED', isReturnable, held, received);
    case 'PAYMENT_FAILED':
      return where(owesMoney, 'AMOUNT_MISMATCH', isReturnable, held, received);
    case 'CANCELLING':
      return where(held > 0 && isOther(kept, order), 'AMOUNT_MISMATCH', isReturnable, held, received);
    default:
      return whereMoneyCounts(kept, order);
  }
}

function whereMoneyCounts(kept: Kept, order: StoredOrder): Difference[] {
  const { payment, held } = kept;
  const { received, returned, currency } = payment;
  const isConfirmed = order.status === 'CONFIRMED';
  const isWrong = isOther(kept, order) && (received > 0 || isConfirmed);
  // What was taken too much may have been returned by hand.
  const isRightAfterAll = held === order.totalAmount && currency === order.currency;
  const isLess = returned > 0 && held < order.totalAmount;
  return [
    ...where(isWrong, 'AMOUNT_MISMATCH', !isRightAfterAll, received, held),
    ...where(isLess, 'REFUNDED_OUTSIDE', isConfirmed && !isWrong, held),
  ];
}

/** Whether something other than the order's total was taken. */
function isOther({ payment: { received, currency } }: Kept, order: StoredOrder): boolean {
  return received !== order.totalAmount || currency !== order.currency;
}
