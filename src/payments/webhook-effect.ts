import { type DeadLetterTask, taskIn } from '../orders/dead-letter.js';
import type { Money } from '../orders/order.js';
import type { OrderStatus } from '../orders/order-status.js';
import { amountMismatch } from './amount-mismatch.js';
import type { WebhookEvent } from './webhook-signature.js';

export const SUCCEEDED = 'payment_intent.succeeded';

/**
 * What an event does: confirm the order, put its payment before an operator, have the worker ask the gateway at once,
 * or nothing but be remembered.
 */
export type WebhookEffect =
  | { readonly kind: 'confirm' }
  | { readonly kind: 'dead-letter'; readonly why: string }
  | { readonly kind: 'wake'; readonly task: DeadLetterTask }
  | { readonly kind: 'none' };

/** After these it pays to ask the gateway again, if that work is due. */
const WAKING_EVENTS: Readonly<Record<DeadLetterTask, RegExp>> = {
  CHARGE: /^payment_intent\.(succeeded|payment_failed|canceled)$/,
  REFUND: /^(payment_intent\.(succeeded|payment_failed|canceled)|(charge|refund)\..+)$/,
};

/**
 * Events come late, twice and in any order, so one is believed only where it stays true for ever: a payment
 * that succeeded has succeeded. A payment that failed may have been confirmed since (by a second worker that
 * knew nothing of the first, or by hand at the gateway), one that was refunded may have been so in part:
 * those events only have the worker look, and the gateway's answer then is what counts. What was received has to be
 * the order's total; an event that doesn't tell has the worker look, too.
 */
export function effectOf(
  { type, payment }: Pick<WebhookEvent, 'type' | 'payment'>,
  order: Money & { readonly status: OrderStatus; readonly waitsForOperator: boolean },
): WebhookEffect {
  const { status, waitsForOperator } = order;
  if (type === SUCCEEDED && status === 'PAYMENT_PROCESSING' && payment !== undefined) {
    const why = amountMismatch(order, payment);
    if (why === undefined) return { kind: 'confirm' };
    return waitsForOperator ? { kind: 'none' } : { kind: 'dead-letter', why };
  }
  const task = waitsForOperator ? undefined : taskIn(status);
  return task !== undefined && WAKING_EVENTS[task].test(type) ? { kind: 'wake', task } : { kind: 'none' };
}
