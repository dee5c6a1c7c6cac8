import { Inject, Injectable } from '@nestjs/common';
import { mayTakeMoney } from '../orders/lifecycle.js';
import {
  GatewayUnavailableError,
  PAYMENT_GATEWAY,
  type PaymentGateway,
} from '../payments/payment-gateway.js';
import { beginAttempts, type ChargeAttempt, replaceKey } from '../payments/attempts.js';
import { PreparePayment } from '../payments/prepare-payment.js';
import { Database } from '../platform/database/database.js';
import { DeadlineExceededError, withTimeout } from '../platform/with-timeout.js';
import { log } from '../platform/observability/logger.js';
import type { DeadLetterCase } from './dead-letter-queries.js';

/** An operator is waiting; the gateway usually answers within 2 s. */
const ANSWER_TIMEOUT_MS = 5_000;

const HELD =
  'The payment gateway holds money for this order. Retry the dead letter, or cancel the order to return the money.';
const UNCERTAIN =
  'The payment is under way at the payment gateway, so money may yet be taken. Try again later.';
const UNKNOWN =
  'So it is not certain that no money is held. Cancel the order, and settle its refund outside if it can not be created.';
const UNAVAILABLE = "The payment gateway can't confirm right now that no money is held. Try again later.";

/** Asks the gateway whether a dead letter can be discarded: no money is held for the order, and none can be taken. */
@Injectable()
export class DiscardCheck {
  constructor(
    private readonly database: Database,
    @Inject(PAYMENT_GATEWAY) private readonly gateway: PaymentGateway,
    private readonly preparePayment: PreparePayment,
  ) {}

  /**
   * Cancels the payment at the gateway, so that even a late worker can't take money. Fails closed.
   * @returns one plain sentence; undefined where the dead letter can be discarded, in the order's given version
   * @throws what the database throws
   */
  async whyNotDiscardable(order: DeadLetterCase): Promise<string | undefined> {
    // The gateway has refused to create the payment, and no other one can be stored.
    if (order.paymentIsClosed) return undefined;
    try {
      return await withTimeout(
        ANSWER_TIMEOUT_MS,
        'asking the gateway whether it holds money',
        this.askGateway(order),
      );
    } catch (error) {
      if (!(error instanceof GatewayUnavailableError || error instanceof DeadlineExceededError)) throw error;
      log.warn(
        { err: error, orderId: order.id },
        'a dead letter could not be discarded: the payment gateway is unavailable',
      );
      return UNAVAILABLE;
    }
  }

  private async askGateway(order: DeadLetterCase): Promise<string | undefined> {
    const paymentIntentId = await this.findPayment(order);
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
      case 'requires-action':
        return UNCERTAIN;
    }
  }

  /** Undefined where no payment of the order holds money, or can take it. */
  private async findPayment(order: DeadLetterCase): Promise<string | undefined> {
    if (order.paymentIntentId !== null) return order.paymentIntentId;
    if (mayTakeMoney(order.status)) return this.prepare(order);
    // No worker can store a payment, but one may have been lost, or the one that failed before may hold money.
    if (order.gapAgeMs !== null) throw new GatewayUnavailableError('PostgreSQL may have lost a payment');
    return order.previousPaymentIntentId ?? undefined;
  }

  /**
   * A worker that lost its lock may be about to store and confirm a payment, which does not change the order's version.
   * So a payment is created and stored here, in order to be cancelled: no other one can be confirmed.
   * @returns undefined where no payment can be confirmed, since the gateway refuses to create it
   */
  private async prepare(order: DeadLetterCase): Promise<string | undefined> {
    const attempt = await this.beginAttempt(order);
    try {
      const prepared = await this.preparePayment.run(order, attempt);
      switch (prepared.status) {
        case 'refused':
        case 'returned':
          return undefined;
        case 'superseded':
          throw new GatewayUnavailableError('another worker is charging the order');
        case 'unknown':
          throw new GatewayUnavailableError(prepared.reason);
        case 'unconfirmed':
        case 'processing':
        case 'declined':
        case 'requires-action':
        case 'succeeded':
        case 'cancelled':
          return prepared.id;
      }
    } catch (error) {
      if (error instanceof GatewayUnavailableError && error.keyConsumed)
        await replaceKey(this.database, 'CHARGE', order.id, attempt);
      throw error;
    }
  }

  private async beginAttempt(order: DeadLetterCase): Promise<ChargeAttempt> {
    const [attempt] = await beginAttempts(this.database, 'CHARGE', [order.id]);
    if (attempt === undefined) throw new Error('begin-charge-attempt returned no attempt');
    return attempt;
  }
}
