import { type DeadLetterTask, taskIn } from '../orders/dead-letter.js';
import type { OrderStatus } from '../orders/order-status.js';

/** What an event does: settle the charge, have the worker look at once, or nothing but be remembered. */
export type WebhookEffect =
  | { readonly kind: 'confirm' }
  | { readonly kind: 'wake'; readonly task: DeadLetterTask }
  | { readonly kind: 'none' };

/** After these it pays to ask the gateway again, if that work is due. */
const NEWS_FOR: Readonly<Record<DeadLetterTask, RegExp>> = {
  CHARGE: /^payment_intent\.(payment_failed|canceled)$/,
  REFUND: /^(payment_intent\.(succeeded|payment_failed|canceled)|(charge|refund)\..+)$/,
};

/**
 * Events come late, twice and in any order, so one is believed only where it stays true for ever: a payment
 * that succeeded has succeeded. A payment that failed may have been confirmed since (by a second worker that
 * knew nothing of the first, or by hand at the gateway), one that was refunded may have been so in part:
 * those events only have the worker look, and the gateway's answer then is what counts.
 */
export function effectOf(
  eventType: string,
  order: { readonly status: OrderStatus; readonly waitsForOperator: boolean },
): WebhookEffect {
  if (eventType === 'payment_intent.succeeded' && order.status === 'PAYMENT_PROCESSING')
    return { kind: 'confirm' };
  const task = order.waitsForOperator ? undefined : taskIn(order.status);
  return task !== undefined && NEWS_FOR[task].test(eventType) ? { kind: 'wake', task } : { kind: 'none' };
}
