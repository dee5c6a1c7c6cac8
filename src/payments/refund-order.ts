import type { Config } from '../config.js';
import type { Money } from '../orders/order.js';
import { OrderTransitions } from '../orders/transition-order.js';
import { Database } from '../platform/database.js';
import { backoffMs } from './backoff.js';
import { FailedAttempts } from './failed-attempt.js';
import { type Decline, GatewayUnavailableError, type PaymentGateway } from './payment-gateway.js';
import {
  type Attempt,
  beginRefundAttempt,
  pauseRefund,
  refundPending,
  replaceRefundKey,
} from './payment-record.js';
import { DONE, loadOrders, restOfPause, type WorkableOrder, type WorkResult } from './payment-work.js';

/**
 * nothing: no money moved, and none can move any more. returned: all of it is back. pending: it is on its way back.
 * impossible: the gateway refuses for good, or knows no such payment.
 */
type Owed =
  | { readonly kind: 'nothing' | 'returned' | 'pending' }
  | { readonly kind: 'impossible'; readonly why: string };

/**
 * Takes an order from CANCELLING to CANCELLED: a payment that did not succeed is cancelled at the gateway, one
 * that did is returned. It may run any number of times, at once, and be killed at any point. No payment can
 * begin meanwhile: a PaymentIntent's id is stored only in PAYMENT_PROCESSING, and only a stored one is confirmed.
 */
export class RefundOrder {
  constructor(
    private readonly database: Database,
    private readonly transitions: OrderTransitions,
    private readonly failedAttempts: FailedAttempts,
    private readonly gateway: PaymentGateway,
    private readonly config: Pick<Config, 'recovery' | 'payment'>,
  ) {}

  /** @throws what the database throws; the job is then to be run again */
  async run(orderId: string): Promise<WorkResult> {
    const [order] = await loadOrders(this.database, [orderId], this.config.recovery.stuckAfterMs);
    if (order?.status !== 'CANCELLING' || order.waitsForOperator) return DONE;
    const pause = restOfPause(order);
    if (pause !== undefined) return pause;
    if (order.paymentIntentId === null) return this.end(order, 'nothing');
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
      return await this.settle(order, attempt, await this.giveBack(order.paymentIntentId, attempt));
    } catch (error) {
      if (!(error instanceof GatewayUnavailableError)) throw error;
      if (error.keyConsumed) await replaceRefundKey(this.database, orderId, attempt.idempotencyKey);
      return this.failedAttempts.record(order, 'REFUND', attempt, error);
    }
  }

  private async giveBack(paymentIntentId: string, attempt: Attempt): Promise<Owed> {
    const intent = await this.gateway.cancelPaymentIntent(paymentIntentId);
    if (intent.status === 'unknown') return { kind: 'impossible', why: intent.reason };
    if (intent.status === 'cancelled') return { kind: 'nothing' };
    if (intent.status !== 'succeeded')
      throw new GatewayUnavailableError('the payment is still being processed', { isGlobal: true });
    return this.returnReceived(paymentIntentId, intent.received, attempt);
  }

  private async returnReceived(paymentIntentId: string, received: Money, attempt: Attempt): Promise<Owed> {
    // Looked up before it is asked for: the gateway may have forgotten the key of an earlier attempt.
    let refund = await this.gateway.retrieveRefundStatus(paymentIntentId, received);
    if (refund === 'none') {
      const asked = await this.gateway.refund(paymentIntentId, attempt.idempotencyKey);
      if (typeof asked === 'object') return { kind: 'impossible', why: refusedRefund(asked.decline) };
      refund = asked;
    }
    if (refund === 'none')
      throw new GatewayUnavailableError('the payment gateway could not return the money', {
        keyConsumed: true,
      });
    return { kind: refund === 'succeeded' ? 'returned' : 'pending' };
  }

  private async settle(order: WorkableOrder, attempt: Attempt, owed: Owed): Promise<WorkResult> {
    switch (owed.kind) {
      case 'nothing':
      case 'returned':
        return this.end(order, owed.kind);
      case 'pending':
        return this.wait(order, attempt);
      case 'impossible':
        return this.failedAttempts.giveUp(order, 'REFUND', attempt, owed.why);
    }
  }

  private async end(order: WorkableOrder, owed: 'nothing' | 'returned'): Promise<WorkResult> {
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

  /**
   * Some refunds take days. The history says so once; then the gateway is asked again at growing intervals, and as
   * soon as it sends an event. The job ends meanwhile: a delayed one would keep out the one of the event.
   */
  private async wait(order: WorkableOrder, attempt: Attempt): Promise<WorkResult> {
    const { retryBaseMs: baseMs, maxPendingRefundPauseMs: capMs } = this.config.payment;
    const pauseMs = backoffMs(attempt.number, { baseMs, capMs }, Math.random());
    if (order.refundIsPending) {
      await pauseRefund(this.database, order, pauseMs);
      return DONE;
    }
    await this.transitions.apply(
      {
        orderId: order.id,
        type: 'PAYMENT_ATTEMPT_FAILED',
        from: order,
        actor: 'worker',
        detail: 'The money is on its way back. This can take some days.',
        note: 'The payment gateway reports the refund as pending.',
        pauseMs,
      },
      [refundPending()],
    );
    return DONE;
  }
}

function refusedRefund({ gatewayCode, gatewayMessage }: Decline): string {
  const reason = [gatewayCode, gatewayMessage].filter((part) => part !== null).join(': ');
  return `The payment gateway refuses the refund for good (${reason}).`;
}
