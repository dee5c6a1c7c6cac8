import { Stripe } from 'stripe';
import { printable } from '../../platform/observability/logged-error.js';
import {
  type Decline,
  GatewayUnavailableError,
  type Refusal,
  type UnknownPayment,
} from '../payment-gateway.js';
import { retryAfterMs } from './retry-after.js';

/** Where Stripe gives no code for what it refuses. */
const PAYMENT_REFUSED = 'payment_refused';
const CARD_DECLINED = 'card_declined';

/**
 * What only a thief learns from: that the card's loss is known, or that a check for fraud stopped it. Customers are
 * told that the card was declined, and no more.
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

/** What Stripe's codes consist of. Anything else is not stored. */
const CODE = /^[\w.-]{1,100}$/;

/** What Stripe tells of a card that was declined, in an error and in a PaymentIntent alike. */
interface CardFailure {
  readonly code?: string | null | undefined;
  readonly decline_code?: string | null | undefined;
  readonly message?: string | null | undefined;
}

/** insufficient_funds says more than the card_declined around it; generic_decline says less. */
export function toDecline({ code, decline_code: declineCode, message }: CardFailure): Decline {
  const specific = declineCode === 'generic_decline' ? undefined : declineCode;
  const own = codeIn(specific) ?? codeIn(code);
  const isConcealed = own !== null && CONCEALED_CODES.has(own);
  return {
    code: isConcealed ? CARD_DECLINED : (own ?? CARD_DECLINED),
    message: isConcealed || message == null ? 'Your card was declined.' : printable(message),
    gatewayCode: codeIn(declineCode) ?? codeIn(code),
    gatewayMessage: message == null ? null : printable(message),
  };
}

/**
 * Stripe's refusal of this one request, which it would only repeat: a 400 or 402 about the request or the card.
 * Undefined for anything that speaks of the key, the rate or the idempotency key, and for what has no answer.
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

/** Undefined for any error but the one that says that there is no such payment. */
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

export function isUnexpectedState(error: unknown): boolean {
  return (
    error instanceof Stripe.errors.StripeInvalidRequestError &&
    error.code === 'payment_intent_unexpected_state'
  );
}

/**
 * For an error that settles nothing.
 * @param maxRetryAfterMs how long the gateway may ask to wait
 * @throws what is no error of Stripe's
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
      // Stripe saves an answer once the work has begun, errors included.
      keyConsumed: error instanceof Stripe.errors.StripeIdempotencyError || status >= 500,
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
