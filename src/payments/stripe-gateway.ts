import { Stripe } from 'stripe';
import type { Config } from '../config.js';
import {
  type Decline,
  GatewayUnavailableError,
  type NewPaymentIntent,
  type PaymentGateway,
  type PaymentIntent,
  type RefundStatus,
} from './payment-gateway.js';

/**
 * Stripe's API through its own package. A decline or a refused payment method is definite; a timeout, a cut
 * connection, a 5xx, a 429 or a key in flight is not, and becomes GatewayUnavailableError.
 * @see https://docs.stripe.com/api/errors
 */
export class StripeGateway implements PaymentGateway {
  private readonly stripe: Stripe;

  constructor({ secretKey, apiBase, timeoutMs }: Config['payment']) {
    const base = apiBase === undefined ? undefined : new URL(apiBase);
    this.stripe = new Stripe(secretKey, {
      timeout: timeoutMs,
      // Retries are ours: they are recorded, spaced, and begin by looking the outcome up.
      maxNetworkRetries: 0,
      telemetry: false,
      ...(base === undefined
        ? {}
        : {
            host: base.hostname,
            port: base.port === '' ? (base.protocol === 'https:' ? 443 : 80) : Number(base.port),
            protocol: base.protocol === 'https:' ? 'https' : 'http',
          }),
    });
  }

  async createPaymentIntent(input: NewPaymentIntent) {
    try {
      const intent = await this.stripe.paymentIntents.create(
        {
          amount: input.amount,
          currency: input.currency.toLowerCase(),
          payment_method: input.paymentMethod,
          allowed_payment_method_types: ['card'],
          metadata: { order_id: input.orderId },
        },
        { idempotencyKey: input.idempotencyKey },
      );
      return toPaymentIntent(intent);
    } catch (error) {
      const decline = refusedPaymentMethod(error);
      if (decline !== undefined) return { status: 'refused' as const, decline };
      throw unavailable(error);
    }
  }

  async confirmPaymentIntent(id: string, idempotencyKey: string): Promise<PaymentIntent> {
    try {
      // Nobody is there to answer a bank's question, so such a payment counts as declined.
      const intent = await this.stripe.paymentIntents.confirm(
        id,
        { error_on_requires_action: true },
        { idempotencyKey },
      );
      return toPaymentIntent(intent);
    } catch (error) {
      if (error instanceof Stripe.errors.StripeCardError)
        return { id, status: 'declined', decline: toDecline(error) };
      // Someone else confirmed or cancelled it meanwhile: what it is now is the answer.
      if (isUnexpectedState(error)) return this.retrievePaymentIntent(id);
      const decline = refusedPaymentMethod(error);
      if (decline !== undefined) return { id, status: 'declined', decline };
      throw unavailable(error);
    }
  }

  async retrievePaymentIntent(id: string): Promise<PaymentIntent> {
    try {
      return toPaymentIntent(await this.stripe.paymentIntents.retrieve(id));
    } catch (error) {
      throw unavailable(error);
    }
  }

  /** It needs no key: a second cancel changes nothing. */
  async cancelPaymentIntent(id: string): Promise<PaymentIntent> {
    try {
      return toPaymentIntent(await this.stripe.paymentIntents.cancel(id));
    } catch (error) {
      if (isUnexpectedState(error)) return this.retrievePaymentIntent(id);
      throw unavailable(error);
    }
  }

  async refund(paymentIntentId: string, idempotencyKey: string): Promise<RefundStatus> {
    try {
      const refund = await this.stripe.refunds.create(
        { payment_intent: paymentIntentId, reason: 'requested_by_customer' },
        { idempotencyKey },
      );
      return toRefundStatus(refund);
    } catch (error) {
      const code = error instanceof Stripe.errors.StripeInvalidRequestError ? error.code : undefined;
      // Whether it has arrived, the list of refunds tells.
      if (code === 'charge_already_refunded') return 'pending';
      throw unavailable(error);
    }
  }

  async retrieveRefundStatus(paymentIntentId: string, amount: number): Promise<RefundStatus> {
    try {
      const refunds = await this.stripe.refunds.list({ payment_intent: paymentIntentId, limit: 100 });
      const sumOf = (...statuses: RefundStatus[]) =>
        refunds.data
          .filter((refund) => statuses.includes(toRefundStatus(refund)))
          .reduce((sum, refund) => sum + refund.amount, 0);
      if (sumOf('succeeded') >= amount) return 'succeeded';
      return sumOf('succeeded', 'pending') >= amount ? 'pending' : 'none';
    } catch (error) {
      throw unavailable(error);
    }
  }

  async ping(timeoutMs: number): Promise<void> {
    try {
      await this.stripe.paymentIntents.list({ limit: 1 }, { timeout: timeoutMs });
    } catch (error) {
      throw unavailable(error);
    }
  }
}

/** @see https://docs.stripe.com/refunds#failed-refunds */
function toRefundStatus({ status }: Stripe.Refund): RefundStatus {
  if (status === 'succeeded' || status === 'pending') return status;
  return status === 'requires_action' ? 'pending' : 'none';
}

/** @see https://docs.stripe.com/payments/paymentintents/lifecycle */
function toPaymentIntent(intent: Stripe.PaymentIntent): PaymentIntent {
  const { id, status } = intent;
  switch (status) {
    case 'succeeded':
      return { id, status: 'succeeded' };
    case 'processing':
      return { id, status: 'processing' };
    case 'requires_confirmation':
      return { id, status: 'unconfirmed' };
    case 'requires_payment_method':
      return { id, status: 'declined', decline: toDecline(intent.last_payment_error ?? {}) };
    case 'requires_action':
      return {
        id,
        status: 'declined',
        decline: { code: 'authentication_required', message: 'The bank asks for an authentication.' },
      };
    case 'canceled':
      return { id, status: 'cancelled' };
    case 'requires_capture':
    default:
      throw new GatewayUnavailableError(`the gateway reports the payment as ${status}`);
  }
}

/** insufficient_funds says more than the card_declined around it; generic_decline says less. */
function toDecline(error: {
  code?: string | undefined;
  decline_code?: string | undefined;
  message?: string | undefined;
}): Decline {
  const specific = error.decline_code === 'generic_decline' ? undefined : error.decline_code;
  return {
    code: specific ?? error.code ?? 'card_declined',
    message: error.message ?? 'The payment was declined.',
  };
}

function refusedPaymentMethod(error: unknown): Decline | undefined {
  if (error instanceof Stripe.errors.StripeCardError) return toDecline(error);
  const refused =
    error instanceof Stripe.errors.StripeInvalidRequestError && error.param === 'payment_method';
  return refused
    ? { code: error.code ?? 'invalid_payment_method', message: 'The payment method was refused.' }
    : undefined;
}

function isUnexpectedState(error: unknown): boolean {
  return (
    error instanceof Stripe.errors.StripeInvalidRequestError &&
    error.code === 'payment_intent_unexpected_state'
  );
}

function unavailable(error: unknown): GatewayUnavailableError {
  if (error instanceof GatewayUnavailableError) return error;
  if (!(error instanceof Stripe.errors.StripeError)) throw error;
  const seconds = Number(error.headers?.['retry-after']);
  const retryAfterMs = Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : undefined;
  const reason =
    error instanceof Stripe.errors.StripeConnectionError
      ? 'the payment gateway did not answer'
      : `the payment gateway answered ${error.statusCode ?? 'with an error'}${error.code === undefined ? '' : ` (${error.code})`}`;
  // Stripe saves an answer once the work has begun, errors included.
  const keySpent =
    error instanceof Stripe.errors.StripeIdempotencyError ||
    (error.statusCode !== undefined && error.statusCode >= 500);
  const everyonesFault = [401, 403, 429].includes(error.statusCode ?? 0);
  const unanswered = error instanceof Stripe.errors.StripeConnectionError;
  return new GatewayUnavailableError(reason, {
    retryAfterMs,
    keySpent,
    everyonesFault,
    unanswered,
    cause: error,
  });
}
