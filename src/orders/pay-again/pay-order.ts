import { Inject, Injectable } from '@nestjs/common';
import { auditEntry, type OperatorAction } from '../../audit/audit-entry.js';
import type { Config } from '../../config/config.js';
import { CONFIG } from '../../config/token.js';
import { RelayWakeUp } from '../../outbox/relay-wake-up.js';
import { Database } from '../../platform/database/database.js';
import { hasSqlState } from '../../platform/database/database-errors.js';
import { type OrderStatus, TRANSITIONS } from '../lifecycle.js';
import type { Order } from '../order.js';
import { OrderQueries, type Visibility } from '../order-queries.js';
import { retryOnConflict } from '../retry-on-conflict.js';
import type { Actor } from '../transition.js';
import { OrderTransitions } from '../transition-order.js';
import { workMessage } from '../work-message.js';
import { declineRetryAfterMs } from './customer-declines.js';
import {
  findPayRequest,
  openPaymentAgain,
  type PayRequest,
  type StoredPayRequest,
  storePayRequest,
} from './pay-requests.js';
import { isPayable } from './payable.js';

export interface PayOrderCall extends PayRequest {
  readonly visibleTo: Visibility;
  readonly actor: Actor;
}

export type PayOrderOutcome =
  | { readonly kind: 'requested' | 'replayed'; readonly order: Order }
  | { readonly kind: 'not-found' | 'key-reused' }
  | { readonly kind: 'not-payable'; readonly status: OrderStatus }
  | { readonly kind: 'too-many-declines'; readonly retryAfterMs: number };

const UNIQUE_VIOLATION = '23505';

/**
 * Pays an order again whose payment has failed. The worker makes the next payment only after the gateway has said that
 * the one before can never succeed; if it has succeeded after all, it is the order's payment.
 */
@Injectable()
export class PayOrder {
  constructor(
    private readonly database: Database,
    private readonly queries: OrderQueries,
    private readonly transitions: OrderTransitions,
    private readonly relayWakeUp: RelayWakeUp,
    @Inject(CONFIG) private readonly config: Pick<Config, 'payment'>,
  ) {}

  /**
   * Once for each (caller, key): repeated with the same order and payment method, it answers with the order as it is now.
   * @throws what the database throws, and TooManyConflictsError; the outcome may then be unknown, and the same call
   * again settles it
   */
  async run(call: PayOrderCall): Promise<PayOrderOutcome> {
    return retryOnConflict<PayOrderOutcome>('paying it again', async () => {
      const order = await this.find(call);
      // After the order: one that the same call has changed since is not refused.
      const stored = await findPayRequest(this.database, call);
      if (stored !== undefined) return this.replay(stored, call);
      if (order === undefined) return { kind: 'not-found' };
      if (!isPayable(order, this.config.payment, new Date()))
        return { kind: 'not-payable', status: order.status };
      const { maxDeclinesPerHour } = this.config.payment;
      const retryAfterMs = await declineRetryAfterMs(this.database, order.customerId, maxDeclinesPerHour);
      if (retryAfterMs !== undefined) return { kind: 'too-many-declines', retryAfterMs };
      return this.apply(order, call);
    });
  }

  private async find({ orderId, visibleTo }: PayOrderCall): Promise<Order | undefined> {
    const [order] = await this.queries.byIds([orderId], visibleTo);
    return order;
  }

  private async replay(stored: StoredPayRequest, call: PayOrderCall): Promise<PayOrderOutcome> {
    const order = await this.find(call);
    const isSame = stored.orderId === order?.id && stored.paymentMethod === call.paymentMethod;
    return isSame ? { kind: 'replayed', order } : { kind: 'key-reused' };
  }

  /** Undefined where the order has moved on, or the key was used meanwhile. */
  private async apply(order: Order, call: PayOrderCall): Promise<PayOrderOutcome | undefined> {
    try {
      const version = await this.transitions.apply(
        {
          orderId: order.id,
          from: order,
          actor: call.actor,
          type: 'PAYMENT_REQUESTED',
          detail: 'The order is paid again, with another payment method.',
        },
        [
          storePayRequest({ ...call, orderId: order.id }),
          openPaymentAgain(call.paymentMethod),
          workMessage('CHARGE'),
          ...(call.actor === 'customer' ? [] : [auditEntry(actOf(order, call))]),
        ],
      );
      if (version === undefined) return undefined;
    } catch (error) {
      if (hasSqlState(error, UNIQUE_VIOLATION)) return undefined;
      throw error;
    }
    this.relayWakeUp.wake();
    const paid = await this.find(call);
    return paid === undefined ? { kind: 'not-found' } : { kind: 'requested', order: paid };
  }
}

function actOf({ id, status }: Order, { customerId: actor }: PayOrderCall): OperatorAction {
  const detail = `The order went from ${status} to ${TRANSITIONS.PAYMENT_REQUESTED.PAYMENT_FAILED}, to be paid again.`;
  return { actor, action: 'payOrder', target: id, reason: null, detail };
}
