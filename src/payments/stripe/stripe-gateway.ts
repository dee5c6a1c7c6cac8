import { Stripe } from 'stripe';
import type { Config } from '../../config/config.js';
import type { Money } from '../../orders/order.js';
import {
  type Confirmation,
  GatewayUnavailableError,
  type KeyReused,
  type NewPaymentIntent,
  type PaymentGateway,
  type PaymentIntent,
  type Refusal,
  type RefundStatus,
  type UnknownPayment,
} from '../payment-gateway.js';
import { stripeClient } from './stripe-client.js';
import { toPaymentIntent, toRefundStatus } from './stripe-objects.js';
import { isKeyReused, isUnexpectedState, refusalIn, unavailable, unknownPaymentIn } from './stripe-errors.js';
import { isLiveKey } from './stripe-mode.js';
import { fromStripeAmount, toStripeAmount } from './stripe-units.js';

/** Stripe's unit can't express the amount. */
const NOT_CHARGEABLE: Refusal = {
  status: 'refused',
  decline: {
    code: 'amount_not_chargeable',
    message: 'The amount can not be paid in this currency.',
    gatewayCode: null,
    gatewayMessage: null,
  },
};

/**
 * The payment gateway port over Stripe's package. A refusal is a definite answer. A timeout, a lost connection, a 5xx,
 * a 429 or an idempotency key in use is not, and becomes GatewayUnavailableError.
 * @see https://docs.stripe.com/api/errors
 */
export class StripeGateway implements PaymentGateway {
  private readonly stripe: Stripe;
  private readonly isLive: boolean;
  private readonly maxRetryAfterMs: number;

  constructor(config: Config['payment']) {
    this.isLive = isLiveKey(config.secretKey);
    this.maxRetryAfterMs = config.maxRetryAfterMs;
    this.stripe = stripeClient(config);
  }

  async createPaymentIntent(
    input: NewPaymentIntent,
  ): Promise<PaymentIntent | Refusal | UnknownPayment | KeyReused> {
    const amount = toStripeAmount(input);
    if (amount === undefined) return NOT_CHARGEABLE;
    try {
      const intent = await this.stripe.paymentIntents.create(
        {
          amount,
          currency: input.currency.toLowerCase(),
          payment_method: input.paymentMethod,
          allowed_payment_method_types: ['card'],
          metadata: { order_id: input.orderId, order_key: input.orderKey },
        },
        { idempotencyKey: input.idempotencyKey },
      );
      return this.read(intent);
    } catch (error) {
      if (isKeyReused(error)) return { status: 'key-reused' };
      const refusal = refusalIn(error);
      if (refusal !== undefined) return refusal;
      throw this.unavailable(error);
    }
  }

  async confirmPaymentIntent(
    id: string,
    { paymentMethod, idempotencyKey }: Confirmation,
  ): Promise<PaymentIntent | Refusal | UnknownPayment> {
    try {
      // Stripe's front-end library shows the customer what the bank asks for.
      const intent = await this.stripe.paymentIntents.confirm(
        id,
        { payment_method: paymentMethod, use_stripe_sdk: true },
        { idempotencyKey },
      );
      // A repeated answer is an old one: the money may have been returned since.
      return isReplayed(intent) ? await this.retrievePaymentIntent(id) : this.read(intent);
    } catch (error) {
      // It was confirmed or cancelled in the meantime: its current state is the answer.
      if (isUnexpectedState(error)) return this.retrievePaymentIntent(id);
      const answer = unknownPaymentIn(error, id) ?? refusalIn(error);
      if (answer !== undefined) return answer;
      throw this.unavailable(error);
    }
  }

  async retrievePaymentIntent(id: string): Promise<PaymentIntent | UnknownPayment> {
    try {
      return this.read(await this.stripe.paymentIntents.retrieve(id, { expand: ['latest_charge'] }));
    } catch (error) {
      const unknown = unknownPaymentIn(error, id);
      if (unknown !== undefined) return unknown;
      throw this.unavailable(error);
    }
  }

  /** Needs no idempotency key: cancelling is idempotent. */
  async cancelPaymentIntent(id: string): Promise<PaymentIntent | UnknownPayment> {
    try {
      return this.read(await this.stripe.paymentIntents.cancel(id));
    } catch (error) {
      if (isUnexpectedState(error)) return this.retrievePaymentIntent(id);
      const unknown = unknownPaymentIn(error, id);
      if (unknown !== undefined) return unknown;
      throw this.unavailable(error);
    }
  }

  async refund(paymentIntentId: string, idempotencyKey: string): Promise<RefundStatus | Refusal> {
    try {
      const refund = await this.stripe.refunds.create(
        { payment_intent: paymentIntentId, reason: 'requested_by_customer' },
        { idempotencyKey },
      );
      return toRefundStatus(refund);
    } catch (error) {
      const code = error instanceof Stripe.errors.StripeInvalidRequestError ? error.code : undefined;
      // retrieveRefundStatus() finds out whether the money has arrived.
      if (code === 'charge_already_refunded') return 'pending';
      const refusal = refusalIn(error);
      if (refusal !== undefined) return refusal;
      throw this.unavailable(error);
    }
  }

  async retrieveRefundStatus(paymentIntentId: string, { amount }: Money): Promise<RefundStatus> {
    try {
      const refunds = await this.stripe.refunds.list({ payment_intent: paymentIntentId, limit: 100 });
      const sumOf = (...statuses: RefundStatus[]) =>
        refunds.data
          .filter((refund) => statuses.includes(toRefundStatus(refund)))
          .reduce((sum, refund) => sum + fromStripeAmount(refund.amount, refund.currency).amount, 0);
      if (sumOf('succeeded') >= amount) return 'succeeded';
      return sumOf('succeeded', 'pending') >= amount ? 'pending' : 'none';
    } catch (error) {
      throw this.unavailable(error);
    }
  }

  async ping(timeoutMs: number): Promise<void> {
    try {
      await this.stripe.paymentIntents.list({ limit: 1 }, { timeout: timeoutMs });
    } catch (error) {
      throw this.unavailable(error);
    }
  }

  private read(intent: Stripe.PaymentIntent): PaymentIntent | UnknownPayment {
    if (intent.livemode === !this.isLive) {
      const mode = intent.livemode ? 'live' : 'test';
      return {
        status: 'unknown',
        reason: `The payment ${intent.id} is of ${mode} mode, and the API key is not.`,
      };
    }
    return toPaymentIntent(intent);
  }

  private unavailable(error: unknown): GatewayUnavailableError {
    return unavailable(error, this.maxRetryAfterMs);
  }
}

/** @see https://docs.stripe.com/api/idempotent_requests */
function isReplayed({ lastResponse }: Stripe.Response<Stripe.PaymentIntent>): boolean {
  return lastResponse.headers['idempotent-replayed'] === 'true';
}
