import type { Config } from '../config/config.js';
import type { Money } from '../orders/order.js';
import { OrderTransitions } from '../orders/transition-order.js';
import { Database } from '../platform/database/database.js';
import type { Attempt } from './attempts.js';
import { backoffMs } from './backoff.js';
import type { EarlierPayments } from './earlier-payments.js';
import { refundKey } from './gateway-keys.js';
import type { FailureHandler } from './failure-handler.js';
import { type Decline, GatewayUnavailableError, type PaymentGateway } from './payment-gateway.js';
import { pauseRefund, refundPending } from './pending-refund.js';
import type { RewindGuard } from './rewind/rewind-guard.js';
import type { RunTask, TaskSteps } from './run-task.js';
import { TASKS } from './task.js';
import type { WorkOrder } from './work-order.js';
import { DONE, type WorkResult } from './work-result.js';

/**
 * nothing-owed: no money was taken, and none can be. returned: all of it is back. pending: it is on its way back.
 * impossible: the gateway refuses for good, or does not know the payment.
 */
type Refund =
  | { readonly kind: 'nothing-owed' | 'returned' | 'pending' }
  | { readonly kind: 'impossible'; readonly why: string };

/** Ids at the gateway; null where there is none. */
interface FoundPayment {
  /** Of the payment to be returned. */
  readonly id: string | null;
  /** Of the one that is stored as the order's own. */
  readonly storedId: string | null;
}

type RefundOutcome = Refund & Pick<FoundPayment, 'storedId'>;

/**
 * Takes an order from CANCELLING to CANCELLED: cancels a payment that did not succeed, and returns one that did. Safe
 * to run any number of times, concurrently, and to kill at any point. No new payment can begin meanwhile: a new one is
 * stored only while the order is charged, and only a stored PaymentIntent is confirmed.
 */
export class RefundOrder implements TaskSteps<'REFUND', RefundOutcome> {
  readonly task = 'REFUND';

  constructor(
    private readonly database: Database,
    private readonly transitions: OrderTransitions,
    private readonly failures: FailureHandler,
    private readonly gateway: PaymentGateway,
    private readonly runTask: RunTask,
    private readonly earlier: EarlierPayments,
    private readonly rewinds: Pick<RewindGuard, 'require'>,
    private readonly config: Pick<Config, 'payment'>,
  ) {}

  /** @throws what the database throws; run the job again then */
  run(orderId: string): Promise<WorkResult> {
    return this.runTask.run(this, orderId);
  }

  async callGateway(order: WorkOrder, attempt: Attempt): Promise<RefundOutcome> {
    const { id, storedId } = await this.findPayment(order, attempt);
    const refund: Refund = id === null ? { kind: 'nothing-owed' } : await this.cancelOrReturn(id, attempt);
    return { ...refund, storedId };
  }

  private async cancelOrReturn(paymentIntentId: string, attempt: Attempt): Promise<Refund> {
    const intent = await this.gateway.cancelPaymentIntent(paymentIntentId);
    if (intent.status === 'unknown') return { kind: 'impossible', why: intent.reason };
    if (intent.status === 'cancelled') return { kind: 'nothing-owed' };
    if (intent.status !== 'succeeded')
      throw new GatewayUnavailableError('the payment is still being processed', { isGlobal: true });
    return this.returnReceived(paymentIntentId, intent.received, attempt);
  }

  /** No id where no payment of the order holds money, or can take it. */
  private async findPayment(order: WorkOrder, attempt: Attempt): Promise<FoundPayment> {
    const { paymentIntentId, previousPaymentIntentId } = order;
    if (paymentIntentId !== null) return { id: paymentIntentId, storedId: paymentIntentId };
    await this.rewinds.require(order);
    if (this.earlier.mayExist(order)) {
      const earlier = await this.earlier.adopt(order, attempt);
      if (earlier.kind === 'adopted')
        return { id: earlier.paymentIntentId, storedId: earlier.paymentIntentId };
    }
    // Before the next one is made, the payment that failed may still be open.
    return { id: previousPaymentIntentId, storedId: null };
  }

  private async returnReceived(paymentIntentId: string, received: Money, attempt: Attempt): Promise<Refund> {
    // The gateway may have forgotten the key of an earlier attempt, so look the refund up first.
    let refund = await this.gateway.retrieveRefundStatus(paymentIntentId, received);
    if (refund === 'none') {
      const key = attempt.storedKey ?? refundKey(paymentIntentId, attempt.keyNumber);
      const answer = await this.gateway.refund(paymentIntentId, key);
      if (typeof answer === 'object') return { kind: 'impossible', why: refusalReason(answer.decline) };
      refund = answer;
    }
    if (refund === 'none')
      throw new GatewayUnavailableError('the payment gateway could not return the money', {
        keyConsumed: true,
      });
    return { kind: refund === 'succeeded' ? 'returned' : 'pending' };
  }

  async storeOutcome(order: WorkOrder, attempt: Attempt, outcome: RefundOutcome): Promise<WorkResult> {
    switch (outcome.kind) {
      case 'nothing-owed':
      case 'returned':
        return this.complete(order, outcome.kind, outcome.storedId);
      case 'pending':
        return this.waitForRefund(order, attempt);
      case 'impossible':
        return this.failures.giveUp(order, attempt, outcome.why);
    }
  }

  private async complete(
    order: WorkOrder,
    outcome: 'nothing-owed' | 'returned',
    paymentIntentId: string | null,
  ): Promise<WorkResult> {
    const from = { orderId: order.id, from: order, paymentIntentId, actor: 'worker' } as const;
    await this.transitions.apply(
      outcome === 'nothing-owed'
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
   * Some refunds take days. The history says so once. Then the gateway is asked again at growing intervals, and
   * whenever it sends an event. The job ends here: a delayed job would keep out the event's job, which has the same id.
   */
  private async waitForRefund(order: WorkOrder, attempt: Attempt): Promise<WorkResult> {
    if (order.refundIsPending) {
      const { retryBaseMs: baseMs, maxPendingRefundPauseMs: capMs } = this.config.payment;
      await pauseRefund(this.database, order, backoffMs(attempt.number, { baseMs, capMs }, Math.random()));
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
      },
      [refundPending()],
    );
    return DONE;
  }
}

function refusalReason({ gatewayCode, gatewayMessage }: Decline): string {
  const reason = [gatewayCode, gatewayMessage].filter((part) => part !== null).join(': ');
  return `The payment gateway refuses the refund for good (${reason}).`;
}
