import { Injectable } from '@nestjs/common';
import { resolveDeadLetter } from '../../orders/dead-letter.js';
import { retryOnConflict } from '../../orders/retry-on-conflict.js';
import type { TransitionWrite } from '../../orders/transition.js';
import { OrderTransitions } from '../../orders/transition-order.js';
import { workMessage } from '../../orders/work-message.js';
import { RelayWakeUp } from '../../outbox/relay-wake-up.js';
import { Database } from '../../platform/database/database.js';
import { log } from '../../platform/observability/logger.js';
import { openDeadLetter } from '../open-dead-letter.js';
import { reconcileHint } from '../reconcile-hint.js';
import { effectOf, type WebhookEffect } from './webhook-effect.js';
import { isHint } from './webhook-hint.js';
import { findEvent, recordEvent, resumeTask, storeEvent, storeEventWith } from './webhook-record.js';
import type { WebhookEvent } from './webhook-signature.js';
import type { WorkOrder } from '../work-order.js';

/** new: stored, with its effect. known: received before; nothing changes. */
export type ReceivedEvent = 'new' | 'known';

/**
 * Receives webhook events. Each is stored once, in one statement with its effect. A lost event does no harm: worker and
 * recovery ask the gateway anyway. What no order expects is a hint for reconciliation.
 */
@Injectable()
export class WebhookEvents {
  constructor(
    private readonly database: Database,
    private readonly transitions: OrderTransitions,
    private readonly relayWakeUp: RelayWakeUp,
  ) {}

  /**
   * @throws what the database throws, and TooManyConflictsError; the outcome may then be unknown, and the same event
   * again settles it
   */
  async receive(event: WebhookEvent): Promise<ReceivedEvent> {
    return retryOnConflict('applying a webhook event', async () => {
      const { known, order } = await findEvent(this.database, event);
      const received = known ? 'known' : await this.apply(event, order);
      const { id: eventId, type } = event;
      if (received !== undefined) log.info({ eventId, type, orderId: order?.id, received }, 'gateway event');
      return received;
    });
  }

  /** Undefined where the order has moved on. */
  private async apply(event: WebhookEvent, order: WorkOrder | undefined): Promise<ReceivedEvent | undefined> {
    const effect: WebhookEffect = order === undefined ? { kind: 'none' } : effectOf(event, order);
    const { paymentIntentId } = event;
    const hints =
      paymentIntentId !== undefined && isHint(event, order, effect.kind)
        ? [reconcileHint(paymentIntentId)]
        : [];
    if (order !== undefined && effect.kind === 'confirm') return this.confirm(event, order);
    if (order !== undefined && effect.kind === 'dead-letter')
      return this.giveUp(event, order, effect.why, hints);
    const work = effect.kind === 'wake' ? [workMessage(effect.task), resumeTask(effect.task)] : [];
    const writes = [...work, ...hints];
    const isNew =
      writes.length === 0
        ? await storeEvent(this.database, event)
        : await storeEventWith(this.database, event, order?.id ?? null, writes);
    if (isNew && work.length > 0) this.relayWakeUp.wake();
    return isNew ? 'new' : 'known';
  }

  private async confirm(event: WebhookEvent, order: WorkOrder): Promise<'new' | undefined> {
    const version = await this.transitions.apply(
      {
        ...{ orderId: order.id, type: 'PAYMENT_SUCCEEDED', from: order, actor: 'gateway' },
        ...(order.paymentIntentId === null ? {} : { paymentIntentId: order.paymentIntentId }),
      },
      [
        recordEvent(event),
        // The order may be waiting for an operator because this answer was missing.
        resolveDeadLetter({
          state: 'RETRIED',
          by: 'payment gateway',
          reason: 'The gateway reported the payment as succeeded.',
        }),
      ],
    );
    return version === undefined ? undefined : 'new';
  }

  private async giveUp(
    event: WebhookEvent,
    order: WorkOrder,
    why: string,
    hints: readonly TransitionWrite[],
  ): Promise<'new' | undefined> {
    const letter = { attempts: order.chargeAttempts, why, actor: 'gateway' } as const;
    const writes = [recordEvent(event), ...hints];
    const version = await openDeadLetter(this.transitions, order, letter, writes);
    return version === undefined ? undefined : 'new';
  }
}
