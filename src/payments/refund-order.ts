import type { Config } from '../config/config.js';
import type { Money } from '../orders/order.js';
import { OrderTransitions } from '../orders/transition-order.js';
import { Database } from '../platform/database/database.js';
import { backoffMs } from './backoff.js';
import { RetryPolicy } from './retry-policy.js';
import { type Decline, GatewayUnavailableError, type PaymentGateway } from './payment-gateway.js';
import {
  type Attempt,
  beginRefundAttempt,
  pauseRefund,
  refundPending,
  replaceRefundKey,
} from './attempts.js';
import type { RunTask, TaskSteps } from './run-task.js';
import { TASKS } from './task.js';
import type { WorkOrder } from './work-order.js';
import { DONE, type WorkResult } from './work-result.js';

/**
 * nothing: no money moved, and none can move any more. returned: all of it is back. pending: it is on its way back.
 * impossible: the gateway refuses for good, or knows no such payment.
 */
type RefundOutcome =
  | { readonly kind: 'nothing' | 'returned' | 'pending' }
  | { readonly kind: 'impossible'; readonly why: string };

/**
 * Takes an order from CANCELLING to CANCELLED: a payment that did not succeed is cancelled at the gateway, one
 * that did is returned. It may run any number of times, at once, and be killed at any point. No payment can
 * begin meanwhile: a PaymentIntent's id is stored only in PAYMENT_PROCESSING, and only a stored one is confirmed.
 */
export class RefundOrder implements TaskSteps<Attempt, RefundOutcome> {
  readonly task = 'REFUND';

  constructor(
    private readonly database: Database,
    private readonly transitions: OrderTransitions,
    private readonly retryPolicy: RetryPolicy,
    private readonly gateway: PaymentGateway,
    private readonly runTask: RunTask,
    private readonly config: Pick<Config, 'payment'>,
  ) {}

  /** @throws what the database throws; the job is then to be run again */
  run(orderId: string): Promise<WorkResult> {
    return this.runTask.run(this, orderId);
  }

  /** Without a payment there is nothing to return, and none can begin any more. */
  finishUnasked(order: WorkOrder): Promise<WorkResult> | undefined {
    return order.paymentIntentId === null ? this.end(order, 'nothing') : undefined;
  }

  beginAttempt(orderId: string): Promise<Attempt> {
    return beginRefundAttempt(this.database, orderId);
  }

  replaceKey(orderId: string, consumedKey: string): Promise<void> {
    return replaceRefundKey(this.database, orderId, consumedKey);
  }

  async ask({ paymentIntentId }: WorkOrder, attempt: Attempt): Promise<RefundOutcome> {
    if (paymentIntentId === null) return { kind: 'nothing' };
    const intent = await this.gateway.cancelPaymentIntent(paymentIntentId);
    if (intent.status === 'unknown') return { kind: 'impossible', why: intent.reason };
    if (intent.status === 'cancelled') return { kind: 'nothing' };
    if (intent.status !== 'succeeded')
      throw new GatewayUnavailableError('the payment is still being processed', { isGlobal: true });
    return this.returnReceived(paymentIntentId, intent.received, attempt);
  }

  private async returnReceived(
    paymentIntentId: string,
    received: Money,
    attempt: Attempt,
  ): Promise<RefundOutcome> {
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

  async settle(order: WorkOrder, attempt: Attempt, owed: RefundOutcome): Promise<WorkResult> {
    switch (owed.kind) {
      case 'nothing':
      case 'returned':
        return this.end(order, owed.kind);
      case 'pending':
        return this.wait(order, attempt);
      case 'impossible':
        return this.retryPolicy.giveUp(order, attempt, owed.why);
    }
  }

  private async end(order: WorkOrder, owed: 'nothing' | 'returned'): Promise<WorkResult> {
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
  private async wait(order: WorkOrder, attempt: Attempt): Promise<WorkResult> {
    const { retryBaseMs: baseMs, maxPendingRefundPauseMs: capMs } = this.config.payment;
    const pauseMs = backoffMs(attempt.number, { baseMs, capMs }, Math.random());
    if (order.refundIsPending) {
      await pauseRefund(this.database, order, pauseMs);
      return DONE;
    }
    await this.transitions.apply(
      {
        orderId: order.id,
        type: TASKS.REFUND.failedBy,
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
