import type { Money } from '../../orders/order.js';
import { type OrderStatus, STATUSES } from '../../orders/lifecycle.js';
import { amountMismatch } from '../amount-mismatch.js';
import { SUCCEEDED, type WebhookEffect } from './webhook-effect.js';
import type { WebhookEvent } from './webhook-signature.js';

const DISPUTE = /^charge\.dispute\./;
const REFUND = /^(refund\.|charge\.refund)/;
/** The first news of a refund, good news so far. */
const NEW_REFUND: ReadonlySet<string> = new Set(['refund.created', 'charge.refunded']);

/**
 * Whether an event tells of money that the order does not expect to move, so that reconciliation should compare the
 * payment soon. What wakes a worker is looked at by the worker, unless a bank asks for the money.
 * @param order undefined where no order has stored the payment
 */
export function isHint(
  { type, payment }: Pick<WebhookEvent, 'type' | 'payment'>,
  order: (Money & { readonly status: OrderStatus }) | undefined,
  effect: WebhookEffect['kind'],
): boolean {
  if (DISPUTE.test(type) || effect === 'dead-letter') return true;
  if (effect !== 'none') return false;
  const money = order === undefined ? undefined : STATUSES[order.status].money;
  if (REFUND.test(type)) return !(NEW_REFUND.has(type) && (money === 'returning' || money === 'returned'));
  if (type !== SUCCEEDED) return false;
  const isExpected =
    order !== undefined &&
    money === 'taken' &&
    payment !== undefined &&
    amountMismatch(order, payment) === undefined;
  return !isExpected;
}
