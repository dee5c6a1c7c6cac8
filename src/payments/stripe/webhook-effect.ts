import type { Money } from '../../orders/order.js';
import { type OrderStatus, statusAfter, type Task, taskIn } from '../../orders/lifecycle.js';
import { amountMismatch } from '../amount-mismatch.js';
import { TASKS } from '../task.js';
import type { WebhookEvent } from './webhook-signature.js';

export const SUCCEEDED = 'payment_intent.succeeded';

/**
 * What an event does: confirm the order, put its payment before an operator, have the worker ask the gateway at once,
 * or nothing but be remembered.
 */
export type WebhookEffect =
  | { readonly kind: 'confirm' }
  | { readonly kind: 'dead-letter'; readonly why: string }
  | { readonly kind: 'wake'; readonly task: Task }
  | { readonly kind: 'none' };

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
  if (type === SUCCEEDED && canSucceed(status) && payment !== undefined) {
    const why = amountMismatch(order, payment);
    if (why === undefined) return { kind: 'confirm' };
    return waitsForOperator ? { kind: 'none' } : { kind: 'dead-letter', why };
  }
  const task = waitsForOperator ? undefined : taskIn(status);
  return task !== undefined && TASKS[task].webhooks.test(type) ? { kind: 'wake', task } : { kind: 'none' };
}

function canSucceed(status: OrderStatus): boolean {
  return statusAfter('PAYMENT_SUCCEEDED', status) !== undefined;
}
