import { Stripe } from 'stripe';
import type { Money } from '../../orders/order.js';
import { fromStripeAmount } from './stripe-units.js';

export interface WebhookEvent {
  readonly id: string;
  readonly type: string;
  /** Undefined where the event is not about a payment. */
  readonly paymentIntentId: string | undefined;
  /** Undefined where the event does not have the amounts. */
  readonly payment: { readonly total: Money; readonly received: Money } | undefined;
}

export type ReadWebhook =
  | { readonly kind: 'event'; readonly event: WebhookEvent }
  /** `answer` does not help a forger; `reason` is for the log, and has no text from the request. */
  | { readonly kind: 'refused'; readonly answer: string; readonly reason: string }
  /** Correctly signed, but of test mode where the API key is of live mode, or the other way round. */
  | { readonly kind: 'other-mode'; readonly answer: string; readonly eventId: string };

const FORGED = 'The signature is missing, does not fit the body, or is too old.';
const NO_EVENT = 'The body is not an event.';
const OTHER_MODE = 'The event is not of the mode, test or live, of the key in use.';

/** Stripe's default: enough for a slow request, too short for a useful replay attack. */
const MAX_AGE_SECONDS = 300;
/** Stripe's ids and types match this. Nothing else reaches the database or the log. */
const IDENTIFIER = /^[\w.-]{1,255}$/;

/**
 * Verifies and parses a webhook request.
 * @param body the raw bytes, over which the signature was made
 * @see https://docs.stripe.com/webhooks#verify-events
 */
export function readWebhook(
  body: Uint8Array,
  signature: string,
  { secret, now, isLive }: { readonly secret: string; readonly now: Date; readonly isLive: boolean },
): ReadWebhook {
  let content: unknown;
  try {
    content = Stripe.webhooks.constructEvent(
      Buffer.from(body),
      signature,
      secret,
      MAX_AGE_SECONDS,
      undefined,
      now.getTime(),
    );
  } catch (error) {
    // The error contains the whole body. The first line of its message is a fixed text of Stripe's.
    if (error instanceof Stripe.errors.StripeSignatureVerificationError)
      return { kind: 'refused', answer: FORGED, reason: error.message.split('\n')[0] ?? '' };
    return { kind: 'refused', answer: NO_EVENT, reason: 'signed, but not valid JSON' };
  }
  const event = eventIn(content);
  if (event === undefined)
    return { kind: 'refused', answer: NO_EVENT, reason: 'signed, but without a valid id or type' };
  return fieldsOf(content)['livemode'] === !isLive
    ? { kind: 'other-mode', answer: OTHER_MODE, eventId: event.id }
    : { kind: 'event', event };
}

function eventIn(content: unknown): WebhookEvent | undefined {
  const { id, type, data } = fieldsOf(content);
  if (!isIdentifier(id) || !isIdentifier(type)) return undefined;
  const subject = fieldsOf(fieldsOf(data)['object']);
  // A refund and a charge have the id of their PaymentIntent.
  const isPayment = subject['object'] === 'payment_intent';
  const paymentIntentId = isPayment ? subject['id'] : subject['payment_intent'];
  return {
    id,
    type,
    paymentIntentId: isIdentifier(paymentIntentId) ? paymentIntentId : undefined,
    payment: isPayment ? paymentIn(subject) : undefined,
  };
}

function paymentIn(subject: Readonly<Record<string, unknown>>): WebhookEvent['payment'] {
  const { amount, amount_received: received = amount, currency } = subject;
  if (typeof amount !== 'number' || typeof received !== 'number' || !isIdentifier(currency)) return undefined;
  return { total: fromStripeAmount(amount, currency), received: fromStripeAmount(received, currency) };
}

function isIdentifier(value: unknown): value is string {
  return typeof value === 'string' && IDENTIFIER.test(value);
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
