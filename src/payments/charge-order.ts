import type { Config } from '../config/config.js';
import { waitsForCustomer } from '../orders/lifecycle.js';
import { OrderTransitions } from '../orders/transition-order.js';
import type { Database } from '../platform/database/database.js';
import { amountMismatch } from './amount-mismatch.js';
import { type ChargeAttempt, paymentMethodOf } from './attempts.js';
import type { FailureHandler } from './failure-handler.js';
import { actionRequired, pauseAction } from './customer-action.js';
import { confirmKey } from './gateway-keys.js';
import {
  type Decline,
  GatewayUnavailableError,
  type PaymentGateway,
  type PaymentIntent,
  type UnknownPayment,
} from './payment-gateway.js';
import type { Prepared, PreparePayment } from './prepare-payment.js';
import { reconcileHint } from './reconcile-hint.js';
import type { RunTask, TaskSteps } from './run-task.js';
import type { WorkOrder } from './work-order.js';
import { DONE, type WorkResult } from './work-result.js';

type RequiresAction = Extract<Prepared, { readonly status: 'requires-action' }>;

/**
 * Takes an order from PENDING to the gateway's outcome. Safe to run any number of times, concurrently, and to kill at
 * any point: the PaymentIntent is created under a derived key, its id is stored before it is confirmed, a later attempt
 * first looks it up, and every status change is a compare-and-set.
 */
export class ChargeOrder implements TaskSteps<'CHARGE', Prepared> {
  readonly task = 'CHARGE';

  constructor(
    private readonly database: Database,
    private readonly transitions: OrderTransitions,
    private readonly failures: FailureHandler,
    private readonly gateway: PaymentGateway,
    private readonly runTask: RunTask,
    private readonly preparePayment: PreparePayment,
    private readonly config: Pick<Config, 'payment'>,
  ) {}

  /** @throws what the database throws; run the job again then */
  run(orderId: string): Promise<WorkResult> {
    return this.runTask.run(this, orderId);
  }

  async callGateway(order: WorkOrder, attempt: ChargeAttempt): Promise<Prepared> {
    const intent = await this.preparePayment.run(order, attempt);
    // A wrong amount is never confirmed: storeOutcome() opens a dead letter for it.
    if (intent.status === 'unconfirmed' && amountMismatch(order, intent) === undefined)
      return this.confirm(order, intent, attempt);
    if (intent.status === 'declined') return this.endPayment(intent, intent.decline);
    // It may have succeeded in the last moment; what the gateway says now is the outcome.
    if (intent.status === 'requires-action' && isOverdue(order)) return this.cancel(intent.id);
    return intent;
  }

  private async confirm(order: WorkOrder, intent: PaymentIntent, attempt: ChargeAttempt): Promise<Prepared> {
    const confirmed = await this.gateway.confirmPaymentIntent(intent.id, {
      // An earlier payment that was adopted may have been made with another one.
      paymentMethod: paymentMethodOf(order, attempt),
      // One key for each attempt: under an old key the gateway would repeat a saved error.
      idempotencyKey: confirmKey(intent.id, attempt.number),
    });
    const hasFailed = confirmed.status === 'refused' || confirmed.status === 'declined';
    return hasFailed ? this.endPayment(intent, confirmed.decline) : confirmed;
  }

  /** No money was taken, but a late worker or the customer's browser could still confirm the payment, and succeed. */
  private async endPayment({ id, total }: PaymentIntent, decline: Decline): Promise<Prepared> {
    const cancelled = await this.cancel(id);
    return cancelled.status === 'cancelled' ? { status: 'declined', id, total, decline } : cancelled;
  }

  /** @throws GatewayUnavailableError where it is declined still, and could succeed after the order has failed */
  private async cancel(id: string): Promise<PaymentIntent | UnknownPayment> {
    const answer = await this.gateway.cancelPaymentIntent(id);
    if (answer.status === 'declined')
      throw new GatewayUnavailableError('the declined payment can not be cancelled yet', { isGlobal: true });
    return answer;
  }

  async storeOutcome(order: WorkOrder, attempt: ChargeAttempt, outcome: Prepared): Promise<WorkResult> {
    switch (outcome.status) {
      case 'succeeded':
      case 'processing':
      case 'unconfirmed': {
        if (outcome.status === 'succeeded' && outcome.returned > 0)
          return this.failures.giveUp(order, attempt, wasReturned(outcome.id), [reconcileHint(outcome.id)]);
        const mismatch = amountMismatch(order, outcome);
        if (mismatch !== undefined)
          return this.failures.giveUp(order, attempt, mismatch, [reconcileHint(outcome.id)]);
        return outcome.status === 'succeeded'
          ? this.succeed(order, outcome.id)
          : this.handleUnfinished(order, attempt);
      }
      case 'declined':
        return this.decline(order, outcome.id, outcome.decline);
      case 'refused':
        return this.decline(order, null, outcome.decline);
      case 'cancelled':
        return this.decline(order, outcome.id, outcome.decline ?? whyCancelled(order));
      case 'requires-action':
        return this.waitForCustomer(order, outcome);
      case 'unknown':
        return this.failures.giveUp(order, attempt, outcome.reason);
      case 'returned':
        return this.failures.giveUp(order, attempt, outcome.why);
      case 'superseded':
        return DONE;
    }
  }

  private async succeed(order: WorkOrder, paymentIntentId: string): Promise<WorkResult> {
    await this.transitions.apply({
      orderId: order.id,
      from: order,
      paymentIntentId,
      actor: 'worker',
      type: 'PAYMENT_SUCCEEDED',
    });
    return DONE;
  }

  /** The job ends here, and no lock is held: the customer's return, a webhook or recovery queues the next look. */
  private async waitForCustomer(order: WorkOrder, intent: RequiresAction): Promise<WorkResult> {
    const { actionTimeoutMs } = this.config.payment;
    if (waitsForCustomer(order.status)) {
      await pauseAction(this.database, order, Math.min(CHECK_INTERVAL_MS, order.actionRemainingMs ?? 0));
      return DONE;
    }
    await this.transitions.apply(
      {
        orderId: order.id,
        from: order,
        paymentIntentId: intent.id,
        actor: 'worker',
        type: 'PAYMENT_ACTION_REQUIRED',
        detail: 'Your bank asks you to confirm the payment.',
        pauseMs: Math.min(CHECK_INTERVAL_MS, actionTimeoutMs),
      },
      [actionRequired({ clientSecret: intent.clientSecret, timeoutMs: actionTimeoutMs })],
    );
    return DONE;
  }

  private async handleUnfinished(order: WorkOrder, attempt: ChargeAttempt): Promise<WorkResult> {
    const error = new GatewayUnavailableError('the payment is still being processed', { isGlobal: true });
    return this.failures.handle(order, 'CHARGE', attempt, error);
  }

  /** @param paymentIntentId null where the gateway has refused to make a payment */
  private async decline(
    order: WorkOrder,
    paymentIntentId: string | null,
    failure: Decline,
  ): Promise<WorkResult> {
    const { message: detail, gatewayCode, gatewayMessage } = failure;
    const note = [gatewayCode, gatewayMessage].filter((part) => part !== null).join(': ');
    await this.transitions.apply({
      orderId: order.id,
      from: order,
      paymentIntentId,
      actor: 'worker',
      type: 'PAYMENT_DECLINED',
      failure,
      detail,
      ...(note === '' ? {} : { note }),
    });
    return DONE;
  }
}

/** In case neither the customer nor the gateway's webhook says how it ended. */
const CHECK_INTERVAL_MS = 60_000;

function isOverdue({ actionRemainingMs }: WorkOrder): boolean {
  return actionRemainingMs !== null && actionRemainingMs <= 0;
}

const NOT_AUTHENTICATED: Decline = {
  code: 'authentication_timeout',
  message: 'The payment was not confirmed at the bank in time.',
  gatewayCode: null,
  gatewayMessage: null,
};

function wasReturned(paymentIntentId: string): string {
  return `The payment ${paymentIntentId} was taken before, and money of it was returned.`;
}

function whyCancelled(order: WorkOrder): Decline {
  return isOverdue(order) ? NOT_AUTHENTICATED : CANCELLED_AT_GATEWAY;
}

/** By hand: this system cancels what was declined, or was not authenticated in time. */
const CANCELLED_AT_GATEWAY: Decline = {
  code: 'canceled',
  message: 'The payment was cancelled at the payment gateway.',
  gatewayCode: 'canceled',
  gatewayMessage: null,
};
