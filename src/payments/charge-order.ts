import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../config.js';
import { type OrderTransition, OrderTransitions } from '../orders/transition-order.js';
import { CONFIG } from '../platform/config-token.js';
import { Database } from '../platform/database.js';
import { log } from '../platform/logger.js';
import { backoffMs } from './backoff.js';
import {
  GatewayUnavailableError,
  PAYMENT_GATEWAY,
  type Decline,
  type PaymentGateway,
  type PaymentIntent,
} from './payment-gateway.js';
import {
  beginAttempt,
  type PaymentRecord,
  replaceIdempotencyKey,
  storePaymentIntentId,
} from './payment-record.js';

/** What the queue has to do with the job: nothing more, or run it again after a pause. */
export type ChargeResult = { readonly kind: 'done' } | { readonly kind: 'retry'; readonly afterMs: number };

const DONE: ChargeResult = { kind: 'done' };

interface ChargeableOrder {
  readonly id: string;
  readonly status: OrderTransition['from']['status'];
  readonly version: number;
  readonly amount: number;
  readonly currency: string;
  readonly paymentMethod: string;
}

type Outcome = PaymentIntent | { readonly status: 'refused'; readonly decline: Decline };

/**
 * Takes an order from PENDING to the gateway's outcome. It may run any number of times, at once, and be
 * killed at any point: the PaymentIntent is created under a stored key, its id is stored before it is
 * confirmed, a later attempt begins by looking it up, and every status change is a compare-and-set.
 */
@Injectable()
export class ChargeOrder {
  constructor(
    private readonly database: Database,
    private readonly transitions: OrderTransitions,
    @Inject(PAYMENT_GATEWAY) private readonly gateway: PaymentGateway,
    @Inject(CONFIG) private readonly config: Pick<Config, 'payment'>,
  ) {}

  /** @throws what the database throws; the job is then to be run again */
  async run(orderId: string): Promise<ChargeResult> {
    const order = await this.start(orderId);
    if (order === undefined) return DONE;
    const payment = await beginAttempt(this.database, orderId);
    let outcome: Outcome;
    try {
      outcome = await this.attempt(order, payment);
    } catch (error) {
      if (!(error instanceof GatewayUnavailableError)) throw error;
      if (error.keySpent) await replaceIdempotencyKey(this.database, orderId, payment.idempotencyKey);
      return this.retryLater(order, payment.attempt, error);
    }
    return this.settle(order, payment.attempt, outcome);
  }

  /** The order in PAYMENT_PROCESSING, or undefined where there is nothing to charge. */
  private async start(orderId: string): Promise<ChargeableOrder | undefined> {
    const [order] = await this.database.$queryRaw<ChargeableOrder[]>`/* load-chargeable-order */
      SELECT id::text AS id, status, version, total_amount AS amount, currency::text AS currency,
        payment_method AS "paymentMethod"
      FROM orders WHERE id = ${orderId}::uuid`;
    if (order === undefined) {
      log.warn({ orderId }, 'a job names an order that does not exist');
      return undefined;
    }
    if (order.status === 'PAYMENT_PROCESSING') return order;
    if (order.status !== 'PENDING') return undefined;
    const version = await this.transitions.apply({ orderId, type: 'PAYMENT_STARTED', from: order });
    return version === undefined ? undefined : { ...order, status: 'PAYMENT_PROCESSING', version };
  }

  private async attempt(order: ChargeableOrder, payment: PaymentRecord): Promise<Outcome> {
    const intent = await this.preparedIntent(order, payment);
    if (intent.status !== 'unconfirmed') return intent;
    // A key of its own for each attempt: the gateway would repeat a saved error under the old one.
    return this.gateway.confirmPaymentIntent(
      intent.id,
      `${payment.idempotencyKey}-confirm-${payment.attempt}`,
    );
  }

  private async preparedIntent(order: ChargeableOrder, payment: PaymentRecord): Promise<Outcome> {
    if (payment.paymentIntentId !== null) return this.gateway.retrievePaymentIntent(payment.paymentIntentId);
    const { id: orderId, amount, currency, paymentMethod } = order;
    const created = await this.gateway.createPaymentIntent({
      orderId,
      amount,
      currency,
      paymentMethod,
      idempotencyKey: payment.idempotencyKey,
    });
    if (created.status === 'refused') return created;
    const stored = await storePaymentIntentId(this.database, orderId, created.id);
    return stored === created.id ? created : this.gateway.retrievePaymentIntent(stored);
  }

  private async settle(order: ChargeableOrder, attempt: number, outcome: Outcome): Promise<ChargeResult> {
    const from = { orderId: order.id, from: order };
    switch (outcome.status) {
      case 'succeeded':
        await this.transitions.apply({ ...from, type: 'PAYMENT_SUCCEEDED' });
        return DONE;
      case 'declined':
      case 'refused':
        await this.transitions.apply({
          ...from,
          type: 'PAYMENT_DECLINED',
          failure: outcome.decline,
          detail: outcome.decline.message,
        });
        return DONE;
      case 'processing':
      case 'unconfirmed':
        return this.retryLater(
          order,
          attempt,
          new GatewayUnavailableError('the payment is still being processed'),
        );
    }
  }

  private async retryLater(
    order: ChargeableOrder,
    attempt: number,
    error: GatewayUnavailableError,
  ): Promise<ChargeResult> {
    const { retryBaseMs: baseMs, retryCapMs: capMs } = this.config.payment;
    const afterMs = Math.max(backoffMs(attempt, { baseMs, capMs }, Math.random()), error.retryAfterMs ?? 0);
    log.warn({ orderId: order.id, attempt, afterMs, reason: error.reason }, 'payment attempt failed');
    const version = await this.transitions.apply({
      orderId: order.id,
      type: 'PAYMENT_ATTEMPT_FAILED',
      from: order,
      detail: `Attempt ${attempt} failed: ${error.reason}.`,
      pauseMs: afterMs,
    });
    return version === undefined ? DONE : { kind: 'retry', afterMs };
  }
}
