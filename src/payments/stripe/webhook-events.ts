import { Injectable } from '@nestjs/common';
import { resolveDeadLetter } from '../../orders/dead-letter.js';
import { STATUSES } from '../../orders/lifecycle.js';
import { retryOnConflict } from '../../orders/retry-on-conflict.js';
import { OrderTransitions } from '../../orders/transition-order.js';
import { RelayWakeUp } from '../../outbox/relay-wake-up.js';
import { Database } from '../../platform/database/database.js';
import { log } from '../../platform/observability/logger.js';
import { amountMismatch } from '../amount-mismatch.js';
import { openDeadLetter } from '../open-dead-letter.js';
import { effectOf, SUCCEEDED } from './webhook-effect.js';
import { findEvent, recordEvent, storeEvent, storeEventWithMessage } from './webhook-record.js';
import type { WebhookEvent } from './webhook-signature.js';
import type { WorkOrder } from '../work-order.js';

/** new: stored, with its effect. known: received before; nothing changes. */
export type ReceivedEvent = 'new' | 'known';

/**
 * Receives webhook events. Each is stored once, in one statement with its effect. A lost event does no harm: worker and
 * recovery ask the gateway anyway.
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
    if (order === undefined) return newOrKnown(await storeEvent(this.database, event));
    const effect = effectOf(event, order);
    switch (effect.kind) {
      case 'confirm':
        return this.confirm(event, order);
      case 'wake': {
        const work = { orderId: order.id, task: effect.task };
        const stored = await storeEventWithMessage(this.database, event, work);
        if (stored) this.relayWakeUp.wake();
        return newOrKnown(stored);
      }
      case 'dead-letter':
        return this.giveUp(event, order, effect.why);
      case 'none':
        reportUnexpectedPayment(event, order);
        return newOrKnown(await storeEvent(this.database, event));
    }
  }

  private async confirm(event: WebhookEvent, order: WorkOrder): Promise<'new' | undefined> {
    const version = await this.transitions.apply(
      { orderId: order.id, type: 'PAYMENT_SUCCEEDED', from: order, actor: 'gateway' },
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

  private async giveUp(event: WebhookEvent, order: WorkOrder, why: string): Promise<'new' | undefined> {
    const letter = { attempts: order.chargeAttempts, why, actor: 'gateway' } as const;
    const version = await openDeadLetter(this.transitions, order, letter, [recordEvent(event)]);
    return version === undefined ? undefined : 'new';
  }
}

function newOrKnown(stored: boolean): ReceivedEvent {
  return stored ? 'new' : 'known';
}

/** Logs money that the order does not expect: an operator has to check the payment at the gateway. */
function reportUnexpectedPayment({ id: eventId, type, payment }: WebhookEvent, order: WorkOrder): void {
  if (type !== SUCCEEDED) return;
  const { id: orderId, status } = order;
  // This system never confirms a payment after its order has failed, so someone else did, and has to return it.
  if (STATUSES[status].money === 'untouched')
    log.error(
      { eventId, orderId },
      'the payment gateway reports a payment for a failed order; check it at the gateway',
    );
  const why = payment === undefined ? undefined : amountMismatch(order, payment);
  if (why !== undefined)
    log.error(
      { eventId, orderId, why },
      "the payment gateway reports an amount other than the order's; check it at the gateway",
    );
}
