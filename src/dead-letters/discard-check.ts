import { Inject, Injectable } from '@nestjs/common';
import { mayTakeMoney } from '../orders/lifecycle.js';
import {
  GatewayUnavailableError,
  PAYMENT_GATEWAY,
  type PaymentGateway,
} from '../payments/payment-gateway.js';
import { beginAttempts, replaceKey } from '../payments/attempts.js';
import { closePayment, storePaymentIntentIds } from '../payments/payment-intents.js';
import { Database } from '../platform/database/database.js';
import { DeadlineExceededError, withTimeout } from '../platform/with-timeout.js';
import { log } from '../platform/observability/logger.js';
import type { DeadLetterCase } from './dead-letter-queries.js';

/** An operator waits for the answer; the gateway gives its answers within 2 s, mostly. */
const ANSWER_TIMEOUT_MS = 5_000;

const HELD =
  'The payment gateway holds money for this order. Retry the dead letter, or cancel the order to return the money.';
const UNCERTAIN =
  'The payment is under way at the payment gateway, so money may yet be taken. Try again later.';
const UNKNOWN =
  'So it is not certain that no money is held. Cancel the order, and settle its refund outside if it can not be made.';
const UNANSWERED = "The payment gateway can't confirm right now that no money is held. Try again later.";

/** Whether an order can be given up: no money is held for it, and none can be taken any more. Fails closed. */
@Injectable()
export class DiscardCheck {
  constructor(
    private readonly database: Database,
    @Inject(PAYMENT_GATEWAY) private readonly gateway: PaymentGateway,
  ) {}

  /**
   * One plain sentence, or undefined where the order can be given up, from the status and version that it has.
   * Its payment is then cancelled at the gateway, so that no worker, however late, can take money.
   * @throws what the database throws
   */
  async whyNotGivenUp(order: DeadLetterCase): Promise<string | undefined> {
    // Before a charge begins, and in a cancellation without a payment, there is nothing that a worker could confirm.
    if (order.paymentIntentId === null && !mayTakeMoney(order.status)) return undefined;
    // The gateway has refused to make the payment, and no other one can come.
    if (order.paymentIsClosed) return undefined;
    try {
      return await withTimeout(ANSWER_TIMEOUT_MS, 'asking whether money is held', this.ask(order));
    } catch (error) {
      if (!(error instanceof GatewayUnavailableError || error instanceof DeadlineExceededError)) throw error;
      log.warn({ err: error, orderId: order.id }, 'a dead letter could not be discarded');
      return UNANSWERED;
    }
  }

  private async ask(order: DeadLetterCase): Promise<string | undefined> {
    const paymentIntentId = order.paymentIntentId ?? (await this.preparePayment(order));
    if (paymentIntentId === undefined) return undefined;
    const payment = await this.gateway.cancelPaymentIntent(paymentIntentId);
    switch (payment.status) {
      case 'cancelled':
        return undefined;
      case 'succeeded': {
        const returned = await this.gateway.retrieveRefundStatus(paymentIntentId, payment.received);
        return returned === 'succeeded' ? undefined : HELD;
      }
      case 'unknown':
        return `${payment.reason} ${UNKNOWN}`;
      case 'unconfirmed':
      case 'processing':
      case 'declined':
        return UNCERTAIN;
    }
  }

  /**
   * A worker that lost its lock may be about to store a payment and to confirm it, and its doing so doesn't change
   * the order's version. So the payment is made here, to be cancelled: no other one is ever confirmed.
   * @returns undefined where the gateway refuses to make it: none will ever be confirmed then
   */
  private async preparePayment(order: DeadLetterCase): Promise<string | undefined> {
    const { id: orderId, amount, currency, paymentMethod } = order;
    const idempotencyKey = await this.chargeKey(orderId);
    try {
      const input = { orderId, amount, currency, paymentMethod, idempotencyKey };
      const made = await this.gateway.createPaymentIntent(input);
      if (made.status === 'refused') return await closePayment(this.database, orderId);
      if (made.status === 'unknown') throw new GatewayUnavailableError(made.reason);
      const [stored] = await storePaymentIntentIds(this.database, [{ orderId, paymentIntentId: made.id }]);
      // The order has moved on, and with it goes this decision: the compare-and-set will tell.
      return stored ?? made.id;
    } catch (error) {
      if (error instanceof GatewayUnavailableError && error.keyConsumed) {
        await replaceKey(this.database, 'CHARGE', orderId, idempotencyKey);
      }
      throw error;
    }
  }

  private async chargeKey(orderId: string): Promise<string> {
    const [attempt] = await beginAttempts(this.database, 'CHARGE', [orderId]);
    if (attempt === undefined) throw new Error('an attempt was begun without an answer');
    return attempt.idempotencyKey;
  }
}
