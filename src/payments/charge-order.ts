import { OrderTransitions } from '../orders/transition-order.js';
import { Database } from '../platform/database/database.js';
import { batched } from '../platform/database/statement-batcher.js';
import { amountMismatch } from './amount-mismatch.js';
import type { ChargeAttempt } from './attempts.js';
import type { FailureHandler } from './failure-handler.js';
import {
  type Decline,
  GatewayUnavailableError,
  type PaymentGateway,
  type PaymentIntent,
  type Refusal,
  type UnknownPayment,
} from './payment-gateway.js';
import { closePayment, type PreparedPayment, storePaymentIntentIds } from './payment-intents.js';
import type { RunTask, TaskSteps } from './run-task.js';
import type { WorkOrder } from './work-order.js';
import { DONE, type WorkResult } from './work-result.js';

/** superseded: the order is no longer being charged. */
type Outcome = PaymentIntent | Refusal | UnknownPayment | { readonly status: 'superseded' };

/**
 * Takes an order from PENDING to the gateway's outcome. Safe to run any number of times, concurrently, and to kill at
 * any point: the PaymentIntent is created under a stored key, its id is stored before it is confirmed, a later attempt
 * first looks it up, and every status change is a compare-and-set.
 */
export class ChargeOrder implements TaskSteps<'CHARGE', Outcome> {
  readonly task = 'CHARGE';
  private readonly storeIntentId = batched((prepared: readonly PreparedPayment[]) =>
    storePaymentIntentIds(this.database, prepared),
  );

  constructor(
    private readonly database: Database,
    private readonly transitions: OrderTransitions,
    private readonly failures: FailureHandler,
    private readonly gateway: PaymentGateway,
    private readonly runTask: RunTask,
  ) {}

  /** @throws what the database throws; run the job again then */
  run(orderId: string): Promise<WorkResult> {
    return this.runTask.run(this, orderId);
  }

  completeWithoutGateway(): undefined {
    return undefined;
  }

  async callGateway(order: WorkOrder, attempt: ChargeAttempt): Promise<Outcome> {
    const intent = await this.prepareIntent(order, attempt);
    // A wrong amount is never confirmed: storeOutcome() opens a dead letter for it.
    if (intent.status !== 'unconfirmed' || amountMismatch(order, intent) !== undefined) return intent;
    // One key for each attempt: under an old key the gateway would repeat a saved error.
    const confirmed = await this.gateway.confirmPaymentIntent(
      intent.id,
      `${attempt.idempotencyKey}-confirm-${attempt.number}`,
    );
    if (confirmed.status !== 'refused') return confirmed;
    // No money was taken, but a late worker could still confirm it, and succeed.
    const cancelled = await this.gateway.cancelPaymentIntent(intent.id);
    return cancelled.status === 'cancelled' ? confirmed : cancelled;
  }

  private async prepareIntent(order: WorkOrder, attempt: ChargeAttempt): Promise<Outcome> {
    if (attempt.paymentIntentId !== null) return this.gateway.retrievePaymentIntent(attempt.paymentIntentId);
    const { id: orderId, amount, currency, paymentMethod } = order;
    const { idempotencyKey } = attempt;
    const input = { orderId, amount, currency, paymentMethod, idempotencyKey };
    const created = await this.gateway.createPaymentIntent(input);
    if (created.status === 'unknown') return created;
    if (created.status === 'refused') {
      const storedBefore = await closePayment(this.database, orderId);
      return storedBefore === undefined ? created : this.gateway.retrievePaymentIntent(storedBefore);
    }
    const stored = await this.storeIntentId({ orderId, paymentIntentId: created.id });
    if (stored === undefined) return { status: 'superseded' };
    return stored === created.id ? created : this.gateway.retrievePaymentIntent(stored);
  }

  async storeOutcome(order: WorkOrder, attempt: ChargeAttempt, outcome: Outcome): Promise<WorkResult> {
    switch (outcome.status) {
      case 'succeeded':
      case 'processing':
      case 'unconfirmed': {
        const mismatch = amountMismatch(order, outcome);
        if (mismatch !== undefined) return this.failures.giveUp(order, attempt, mismatch);
        return outcome.status === 'succeeded' ? this.confirm(order) : this.handleUnfinished(order, attempt);
      }
      case 'declined':
      case 'refused':
        return this.decline(order, outcome.decline);
      case 'cancelled':
        return this.decline(order, CANCELLED_AT_GATEWAY);
      case 'unknown':
        return this.failures.giveUp(order, attempt, outcome.reason);
      case 'superseded':
        return DONE;
    }
  }

  private async confirm(order: WorkOrder): Promise<WorkResult> {
    await this.transitions.apply({
      orderId: order.id,
      from: order,
      actor: 'worker',
      type: 'PAYMENT_SUCCEEDED',
    });
    return DONE;
  }

  private async handleUnfinished(order: WorkOrder, attempt: ChargeAttempt): Promise<WorkResult> {
    const error = new GatewayUnavailableError('the payment is still being processed', { isGlobal: true });
    return this.failures.handle(order, 'CHARGE', attempt, error);
  }

  private async decline(order: WorkOrder, failure: Decline): Promise<WorkResult> {
    const { message: detail, gatewayCode, gatewayMessage } = failure;
    const note = [gatewayCode, gatewayMessage].filter((part) => part !== null).join(': ');
    await this.transitions.apply({
      orderId: order.id,
      from: order,
      actor: 'worker',
      type: 'PAYMENT_DECLINED',
      failure,
      detail,
      ...(note === '' ? {} : { note }),
    });
    return DONE;
  }
}

/** Cancelled by hand: an order whose PaymentIntent this system cancels is no longer PAYMENT_PROCESSING. */
const CANCELLED_AT_GATEWAY: Decline = {
  code: 'canceled',
  message: 'The payment was cancelled at the payment gateway.',
  gatewayCode: 'canceled',
  gatewayMessage: null,
};
