import type { Money } from '../../orders/order.js';
import { type OrderStatus, statusAfter, type Task, taskIn } from '../../orders/lifecycle.js';
import { amountMismatch } from '../amount-mismatch.js';
import { TASKS } from '../task.js';
import type { WebhookEvent } from './webhook-signature.js';

export const SUCCEEDED = 'payment_intent.succeeded';

/**
 * What an event does: confirm the order, open a dead letter, wake the worker so that it asks the gateway at once, or
 * nothing.
 */
export type WebhookEffect =
  | { readonly kind: 'confirm' }
  | { readonly kind: 'dead-letter'; readonly why: string }
  | { readonly kind: 'wake'; readonly task: Task }
  | { readonly kind: 'none' };

/**
 * Events arrive late, repeated and in any order, so only one is trusted: a payment that succeeded stays succeeded, if
 * the event reports the order's total as received. A payment that failed may have been confirmed since, by another
 * worker or by hand, and a refund may be partial. Other events only wake the worker, and the gateway's answer counts.
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
