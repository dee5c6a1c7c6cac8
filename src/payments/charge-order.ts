import { OrderTransitions } from '../orders/transition-order.js';
import { Database } from '../platform/database/database.js';
import { batched } from '../platform/database/statement-batcher.js';
import { amountMismatch } from './amount-mismatch.js';
import { RetryPolicy } from './retry-policy.js';
import {
  type Decline,
  GatewayUnavailableError,
  type PaymentGateway,
  type PaymentIntent,
  type Refusal,
  type UnknownPayment,
} from './payment-gateway.js';
import {
  beginChargeAttempts,
  type ChargeAttempt,
  closePayment,
  type PreparedPayment,
  replaceChargeKey,
  storePaymentIntentIds,
} from './attempts.js';
import type { RunTask, TaskSteps } from './run-task.js';
import type { WorkOrder } from './work-order.js';
import { DONE, type WorkResult } from './work-result.js';

/** off: the charge was called off meanwhile. */
type Outcome = PaymentIntent | Refusal | UnknownPayment | { readonly status: 'off' };

/**
 * Takes an order from PENDING to the gateway's outcome. It may run any number of times, at once, and be
 * killed at any point: the PaymentIntent is created under a stored key, its id is stored before it is
 * confirmed, a later attempt begins by looking it up, and every status change is a compare-and-set.
 * Charges that are under way at once share their statements; each still waits for the commit of its own step.
 */
export class ChargeOrder implements TaskSteps<ChargeAttempt, Outcome> {
  readonly task = 'CHARGE';
  readonly beginAttempt = batched((ids: readonly string[]) => beginChargeAttempts(this.database, ids));
  private readonly storeIntentId = batched((prepared: readonly PreparedPayment[]) =>
    storePaymentIntentIds(this.database, prepared),
  );

  constructor(
    private readonly database: Database,
    private readonly transitions: OrderTransitions,
    private readonly retryPolicy: RetryPolicy,
    private readonly gateway: PaymentGateway,
    private readonly runTask: RunTask,
  ) {}

  /** @throws what the database throws; the job is then to be run again */
  run(orderId: string): Promise<WorkResult> {
    return this.runTask.run(this, orderId);
  }

  finishUnasked(): undefined {
    return undefined;
  }

  replaceKey(orderId: string, consumedKey: string): Promise<void> {
    return replaceChargeKey(this.database, orderId, consumedKey);
  }

  async ask(order: WorkOrder, attempt: ChargeAttempt): Promise<Outcome> {
    const intent = await this.preparedIntent(order, attempt);
    // What would take another amount is not confirmed: settle() puts it before an operator.
    if (intent.status !== 'unconfirmed' || amountMismatch(order, intent) !== undefined) return intent;
    // A key of its own for each attempt: the gateway would repeat a saved error under the old one.
    const confirmed = await this.gateway.confirmPaymentIntent(
      intent.id,
      `${attempt.idempotencyKey}-confirm-${attempt.number}`,
    );
    if (confirmed.status !== 'refused') return confirmed;
    // Nothing was taken, but a worker that is late could confirm it still, and fare better.
    const ended = await this.gateway.cancelPaymentIntent(intent.id);
    return ended.status === 'cancelled' ? confirmed : ended;
  }

  private async preparedIntent(order: WorkOrder, attempt: ChargeAttempt): Promise<Outcome> {
    if (attempt.paymentIntentId !== null) return this.gateway.retrievePaymentIntent(attempt.paymentIntentId);
    const { id: orderId, amount, currency, paymentMethod } = order;
    const { idempotencyKey } = attempt;
    const input = { orderId, amount, currency, paymentMethod, idempotencyKey };
    const created = await this.gateway.createPaymentIntent(input);
    if (created.status === 'unknown') return created;
    if (created.status === 'refused') {
      const earlier = await closePayment(this.database, orderId);
      return earlier === undefined ? created : this.gateway.retrievePaymentIntent(earlier);
    }
    const stored = await this.storeIntentId({ orderId, paymentIntentId: created.id });
    if (stored === undefined) return { status: 'off' };
    return stored === created.id ? created : this.gateway.retrievePaymentIntent(stored);
  }

  async settle(order: WorkOrder, attempt: ChargeAttempt, outcome: Outcome): Promise<WorkResult> {
    switch (outcome.status) {
      case 'succeeded':
      case 'processing':
      case 'unconfirmed': {
        const mismatch = amountMismatch(order, outcome);
        if (mismatch !== undefined) return this.retryPolicy.giveUp(order, attempt, mismatch);
        return outcome.status === 'succeeded' ? this.confirm(order) : this.stillOpen(order, attempt);
      }
      case 'declined':
      case 'refused':
        return this.decline(order, outcome.decline);
      case 'cancelled':
        return this.decline(order, CANCELLED_AT_GATEWAY);
      case 'unknown':
        return this.retryPolicy.giveUp(order, attempt, outcome.reason);
      case 'off':
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

  private async stillOpen(order: WorkOrder, attempt: ChargeAttempt): Promise<WorkResult> {
    const error = new GatewayUnavailableError('the payment is still being processed', { isGlobal: true });
    return this.retryPolicy.record(order, 'CHARGE', attempt, error);
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

/** By somebody's hand: what this system cancels there is no longer PAYMENT_PROCESSING here. */
const CANCELLED_AT_GATEWAY: Decline = {
  code: 'canceled',
  message: 'The payment was cancelled at the payment gateway.',
  gatewayCode: 'canceled',
  gatewayMessage: null,
};
