import { Injectable } from '@nestjs/common';
import { auditEntry, type OperatorAction } from '../audit/audit-entry.js';
import { RelayWakeUp } from '../outbox/relay-wake-up.js';
import { resolveDeadLetter } from './dead-letter.js';
import type { Order } from './order.js';
import { OrderQueries, type Visibility } from './order-queries.js';
import { type OrderStatus, statusAfter, STATUSES, taskIn } from './lifecycle.js';
import { retryOnConflict } from './retry-on-conflict.js';
import type { Actor } from './transition.js';
import { OrderTransitions } from './transition-order.js';
import { workMessage } from './work-message.js';

export interface CancelRequest {
  readonly orderId: string;
  readonly visibleTo: Visibility;
  /** The caller's id. */
  readonly by: string;
  readonly actor: Actor;
  /** A customer's own reason is shown to them; an operator's is for operators. */
  readonly reason: string | null;
}

/** A repeated cancellation is accepted again, and changes nothing. */
export type CancelOrderOutcome =
  | { readonly kind: 'accepted'; readonly order: Order }
  | { readonly kind: 'not-found' }
  | { readonly kind: 'not-cancellable'; readonly status: OrderStatus };

/** Cancels orders: at once where no charge has begun, else by a refund task. */
@Injectable()
export class CancelOrder {
  constructor(
    private readonly queries: OrderQueries,
    private readonly transitions: OrderTransitions,
    private readonly relayWakeUp: RelayWakeUp,
  ) {}

  /**
   * @throws what the database throws, and TooManyConflictsError; the outcome may then be unknown, and the same call
   * again settles it
   */
  async run(request: CancelRequest): Promise<CancelOrderOutcome> {
    const { orderId, visibleTo } = request;
    return retryOnConflict<CancelOrderOutcome>('cancelling it', async () => {
      const [order] = await this.queries.byIds([orderId], visibleTo);
      if (order === undefined) return { kind: 'not-found' };
      const { cancellation } = STATUSES[order.status];
      if (cancellation === 'refused') return { kind: 'not-cancellable', status: order.status };
      if (cancellation === 'accepted') return { kind: 'accepted', order };
      return (await this.apply(order, cancellation, request))
        ? this.accepted(order.id, visibleTo)
        : undefined;
    });
  }

  private async apply(
    order: Order,
    type: 'ORDER_CANCELLED' | 'CANCELLATION_REQUESTED',
    { by, actor, reason }: CancelRequest,
  ): Promise<boolean> {
    const resolution = resolveDeadLetter({ state: 'DISCARDED', by, reason: 'The order was cancelled.' });
    const texts =
      actor === 'customer'
        ? { detail: reason ?? 'The order was cancelled without a reason.' }
        : { detail: 'The shop cancelled the order.', ...(reason === null ? {} : { note: reason }) };
    const status = statusAfter(type, order.status) ?? order.status;
    const task = taskIn(status);
    const version = await this.transitions.apply({ orderId: order.id, type, from: order, actor, ...texts }, [
      resolution,
      ...(task === undefined ? [] : [workMessage(task)]),
      ...(actor === 'customer' ? [] : [auditEntry(actOf(order, status, { by, reason }))]),
    ]);
    if (version !== undefined && task !== undefined) this.relayWakeUp.wake();
    return version !== undefined;
  }

  /** Reads the order again: it may have moved on since the cancellation. */
  private async accepted(orderId: string, visibleTo: Visibility): Promise<CancelOrderOutcome> {
    const [order] = await this.queries.byIds([orderId], visibleTo);
    return order === undefined ? { kind: 'not-found' } : { kind: 'accepted', order };
  }
}

function actOf(
  { id, status: before }: Order,
  after: OrderStatus,
  { by, reason }: Pick<CancelRequest, 'by' | 'reason'>,
): OperatorAction {
  const detail = `The order went from ${before} to ${after}.`;
  return { actor: by, action: 'cancelOrder', target: id, reason, detail };
}
