import { Stripe } from 'stripe';
import { printable } from '../../platform/observability/logged-error.js';
import {
  type Decline,
  GatewayUnavailableError,
  type Refusal,
  type UnknownPayment,
} from '../payment-gateway.js';
import { retryAfterMs } from './retry-after.js';

/** Where Stripe gives no code. */
const PAYMENT_REFUSED = 'payment_refused';
const CARD_DECLINED = 'card_declined';

/**
 * Codes that would help a thief: the card is reported lost, or a fraud check stopped the payment. Customers only learn
 * that the card was declined.
 * @see https://docs.stripe.com/declines/codes
 */
const CONCEALED_CODES: ReadonlySet<string> = new Set([
  'fraudulent',
  'highest_risk_level',
  'lost_card',
  'merchant_blacklist',
  'pickup_card',
  'restricted_card',
  'security_violation',
  'stolen_card',
]);

/** Stripe's messages about a request are for developers; customers get these. */
const REFUSAL_MESSAGES: Readonly<Record<string, string>> = {
  amount_too_small: 'The amount is too small to be paid by card.',
  amount_too_large: 'The amount is too large to be paid by card.',
};
const REFUSED = 'The payment method was refused.';

/** Stripe's codes match this. Anything else is not stored. */
const CODE = /^[\w.-]{1,100}$/;

/** A declined card, as Stripe's errors and PaymentIntents describe it. */
interface CardFailure {
  readonly code?: string | null | undefined;
  readonly decline_code?: string | null | undefined;
  readonly message?: string | null | undefined;
}

/** A decline code such as insufficient_funds is more specific than the code card_declined; generic_decline is less. */
export function toDecline({ code, decline_code: declineCode, message }: CardFailure): Decline {
  const specific = declineCode === 'generic_decline' ? undefined : declineCode;
  const stripeCode = codeIn(specific) ?? codeIn(code);
  const isConcealed = stripeCode !== null && CONCEALED_CODES.has(stripeCode);
  return {
    code: isConcealed ? CARD_DECLINED : (stripeCode ?? CARD_DECLINED),
    message: isConcealed || message == null ? 'Your card was declined.' : printable(message),
    gatewayCode: codeIn(declineCode) ?? codeIn(code),
    gatewayMessage: message == null ? null : printable(message),
  };
}

/**
 * Stripe's definite refusal of this one request: a 400 or 402 about the request or the card. Undefined for errors about
 * the API key, the rate limit or the idempotency key, and where there was no response.
 */
export function refusalIn(error: unknown): Refusal | undefined {
  if (error instanceof Stripe.errors.StripeCardError) return { status: 'refused', decline: toDecline(error) };
  if (!(error instanceof Stripe.errors.StripeInvalidRequestError)) return undefined;
  if (error.rawType !== 'invalid_request_error' && error.rawType !== 'card_error') return undefined;
  const gatewayCode = codeIn(error.code);
  return {
    status: 'refused',
    decline: {
      code: gatewayCode ?? PAYMENT_REFUSED,
      message: REFUSAL_MESSAGES[gatewayCode ?? ''] ?? REFUSED,
      gatewayCode,
      gatewayMessage: printable(error.message),
    },
  };
}

/** Undefined unless the error says that there is no such payment. */
export function unknownPaymentIn(error: unknown, id: string): UnknownPayment | undefined {
  const isMissing =
    error instanceof Stripe.errors.StripeInvalidRequestError &&
    (error.statusCode === 404 || (error.code === 'resource_missing' && error.param === 'intent'));
  if (!isMissing) return undefined;
  return {
    status: 'unknown',
    reason: `The payment gateway does not know the payment ${id}; it may belong to the account of another key.`,
  };
}

/** Not where another request under the key is still in progress: that is a 409. */
export function isKeyReused(error: unknown): boolean {
  return error instanceof Stripe.errors.StripeIdempotencyError && error.statusCode === 400;
}

export function isUnexpectedState(error: unknown): boolean {
  return (
    error instanceof Stripe.errors.StripeInvalidRequestError &&
    error.code === 'payment_intent_unexpected_state'
  );
}

/**
 * For an error that leaves the outcome unknown.
 * @param maxRetryAfterMs the maximum of the pause that the gateway may ask for
 * @throws the error itself, where it is not Stripe's
 */
export function unavailable(error: unknown, maxRetryAfterMs: number): GatewayUnavailableError {
  if (error instanceof GatewayUnavailableError) return error;
  if (!(error instanceof Stripe.errors.StripeError)) throw error;
  const status = error.statusCode ?? 0;
  const noResponse = error instanceof Stripe.errors.StripeConnectionError;
  const isLimited = error instanceof Stripe.errors.StripeRateLimitError;
  const code = codeIn(error.code);
  return new GatewayUnavailableError(
    noResponse
      ? 'the payment gateway did not answer'
      : `the payment gateway answered ${status === 0 ? 'with an error' : status}${code === null ? '' : ` (${code})`}`,
    {
      retryAfterMs: retryAfterMs(error.headers?.['retry-after'], {
        now: new Date(),
        maxMs: maxRetryAfterMs,
      }),
      // Once the work has begun, Stripe saves its answer under the key, even an error.
      keyConsumed: isKeyReused(error) || status >= 500,
      isGlobal: isLimited || [401, 403].includes(status),
      noResponse,
      isUnhealthy: noResponse || isLimited || status >= 500,
      cause: error,
    },
  );
}

function codeIn(value: unknown): string | null {
  return typeof value === 'string' && CODE.test(value) ? value : null;
}
