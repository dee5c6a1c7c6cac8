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
import { findEvent, rememberEvent, storeEvent, storeEventWithMessage } from './webhook-record.js';
import type { WebhookEvent } from './webhook-signature.js';
import type { WorkOrder } from '../work-order.js';

/** new: stored now, with its effect. known: it came before, and changes nothing. */
export type ReceivedEvent = 'new' | 'known';

/**
 * Takes the gateway's events in: each is stored once, in one statement with what it does. A lost one needs
 * nothing: worker and recovery ask the gateway anyway.
 */
@Injectable()
export class WebhookEvents {
  constructor(
    private readonly database: Database,
    private readonly transitions: OrderTransitions,
    private readonly relayWakeUp: RelayWakeUp,
  ) {}

  /** @throws what the database throws; then the outcome is unknown, and the same event again settles it */
  async receive(event: WebhookEvent): Promise<ReceivedEvent> {
    return retryOnConflict('an event was to be applied', async () => {
      const { known, order } = await findEvent(this.database, event);
      const received = known ? 'known' : await this.apply(event, order);
      const { id: eventId, type } = event;
      if (received !== undefined) log.info({ eventId, type, orderId: order?.id, received }, 'gateway event');
      return received;
    });
  }

  /** Undefined where the order has moved on meanwhile. */
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
        return this.setAside(event, order, effect.why);
      case 'none':
        reportUnexpectedPayment(event, order);
        return newOrKnown(await storeEvent(this.database, event));
    }
  }

  private async confirm(event: WebhookEvent, order: WorkOrder): Promise<'new' | undefined> {
    const version = await this.transitions.apply(
      { orderId: order.id, type: 'PAYMENT_SUCCEEDED', from: order, actor: 'gateway' },
      [
        rememberEvent(event),
        // If the order waits for an operator, the answer that was missing has come.
        resolveDeadLetter({
          state: 'RETRIED',
          by: 'payment gateway',
          reason: 'The gateway reported the payment as succeeded.',
        }),
      ],
    );
    return version === undefined ? undefined : 'new';
  }

  private async setAside(event: WebhookEvent, order: WorkOrder, why: string): Promise<'new' | undefined> {
    const letter = { attempts: order.chargeAttempts, why, actor: 'gateway' } as const;
    const version = await openDeadLetter(this.transitions, order, letter, [rememberEvent(event)]);
    return version === undefined ? undefined : 'new';
  }
}

function newOrKnown(stored: boolean): ReceivedEvent {
  return stored ? 'new' : 'known';
}

/** Money that no order waits for, or not so much of it: an operator has to look at the gateway. */
function reportUnexpectedPayment({ id: eventId, type, payment }: WebhookEvent, order: WorkOrder): void {
  if (type !== SUCCEEDED) return;
  const { id: orderId, status } = order;
  // Nothing here confirms a payment after its order has failed, so somebody else did, and has to return it.
  if (STATUSES[status].money === 'untouched')
    log.error({ eventId, orderId }, 'the gateway reports money for an order that has failed');
  const why = payment === undefined ? undefined : amountMismatch(order, payment);
  if (why !== undefined) log.error({ eventId, orderId, why }, 'the gateway reports another amount');
}
