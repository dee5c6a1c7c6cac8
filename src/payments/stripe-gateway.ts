import { Stripe } from 'stripe';
import type { Config } from '../config.js';
import {
  type Decline,
  GatewayUnavailableError,
  type NewPaymentIntent,
  type PaymentGateway,
  type PaymentIntent,
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
      return {
        id,
        status: 'declined',
        decline: { code: 'canceled', message: 'The payment was cancelled at the gateway.' },
      };
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
  return new GatewayUnavailableError(reason, { retryAfterMs, keySpent, cause: error });
}
