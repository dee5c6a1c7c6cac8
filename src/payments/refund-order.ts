import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../config.js';
import { OrderTransitions } from '../orders/transition-order.js';
import { CONFIG } from '../platform/config-token.js';
import { Database } from '../platform/database.js';
import { FailedAttempts } from './failed-attempt.js';
import { GatewayUnavailableError, PAYMENT_GATEWAY, type PaymentGateway } from './payment-gateway.js';
import { type Attempt, beginRefundAttempt, replaceRefundKey } from './payment-record.js';
import { DONE, loadOrders, restOfPause, type WorkableOrder, type WorkResult } from './payment-work.js';

/** nothing: no money moved, and none can move any more. returned: all of it is back. open: ask again. */
type Owed = 'nothing' | 'returned' | 'open';

/**
 * Takes an order from CANCELLING to CANCELLED: a payment that did not succeed is cancelled at the gateway, one
 * that did is returned. It may run any number of times, at once, and be killed at any point. No payment can
 * begin meanwhile: a PaymentIntent's id is stored only in PAYMENT_PROCESSING, and only a stored one is confirmed.
 */
@Injectable()
export class RefundOrder {
  constructor(
    private readonly database: Database,
    private readonly transitions: OrderTransitions,
    private readonly failedAttempts: FailedAttempts,
    @Inject(PAYMENT_GATEWAY) private readonly gateway: PaymentGateway,
    @Inject(CONFIG) private readonly config: Pick<Config, 'recovery'>,
  ) {}

  /** @throws what the database throws; the job is then to be run again */
  async run(orderId: string): Promise<WorkResult> {
    const [order] = await loadOrders(this.database, [orderId], this.config.recovery.stuckAfterMs);
    if (order?.status !== 'CANCELLING' || order.waitsForOperator) return DONE;
    const pause = restOfPause(order);
    if (pause !== undefined) return pause;
    if (order.paymentIntentId === null) return this.settle(order, 'nothing');
    const attempt = await beginRefundAttempt(this.database, orderId);
    if (this.failedAttempts.neverEnds(attempt)) {
      return this.failedAttempts.giveUp(
        order,
        'REFUND',
        attempt,
        'Attempt after attempt was begun, and none ended.',
      );
    }
    try {
      const owed = await this.giveBack(order.paymentIntentId, order.amount, attempt);
      if (owed !== 'open') return await this.settle(order, owed);
      throw new GatewayUnavailableError('the money is still on its way back', { everyonesFault: true });
    } catch (error) {
      if (!(error instanceof GatewayUnavailableError)) throw error;
      if (error.keySpent) await replaceRefundKey(this.database, orderId, attempt.idempotencyKey);
      return this.failedAttempts.record(order, 'REFUND', attempt, error);
    }
  }

  private async giveBack(paymentIntentId: string, amount: number, attempt: Attempt): Promise<Owed> {
    const intent = await this.gateway.cancelPaymentIntent(paymentIntentId);
    if (intent.status === 'cancelled') return 'nothing';
    if (intent.status !== 'succeeded') return 'open';
    // Looked up before it is asked for: the gateway may have forgotten the key of an earlier attempt.
    let refund = await this.gateway.retrieveRefundStatus(paymentIntentId, amount);
    if (refund === 'none') refund = await this.gateway.refund(paymentIntentId, attempt.idempotencyKey);
    if (refund === 'none')
      throw new GatewayUnavailableError('the payment gateway could not return the money', { keySpent: true });
    return refund === 'succeeded' ? 'returned' : 'open';
  }

  private async settle(order: WorkableOrder, owed: 'nothing' | 'returned'): Promise<WorkResult> {
    const from = { orderId: order.id, from: order, actor: 'worker' } as const;
    await this.transitions.apply(
      owed === 'nothing'
        ? { ...from, type: 'ORDER_CANCELLED', detail: 'No money was taken.' }
        : {
            ...from,
            type: 'REFUND_SUCCEEDED',
            detail: 'The money was returned.',
            followedBy: { type: 'ORDER_CANCELLED' },
          },
    );
    return DONE;
  }
}
