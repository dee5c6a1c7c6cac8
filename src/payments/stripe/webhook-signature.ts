import { Stripe } from 'stripe';
import type { Money } from '../../orders/order.js';
import { fromStripeAmount } from './stripe-units.js';

/** What an event tells: that something happened to a payment. */
export interface WebhookEvent {
  readonly id: string;
  readonly type: string;
  /** Undefined where it is about something else. */
  readonly paymentIntentId: string | undefined;
  /** What the payment is for, and what was received; undefined where the event does not tell. */
  readonly payment: { readonly total: Money; readonly received: Money } | undefined;
}

export type ReadWebhook =
  | { readonly kind: 'event'; readonly event: WebhookEvent }
  /** `answer` tells a forger nothing; `reason` is for the log, and repeats nothing of what was sent. */
  | { readonly kind: 'refused'; readonly answer: string; readonly reason: string }
  /** Rightly signed, and of test mode where the key is of live mode, or the other way round. */
  | { readonly kind: 'other-mode'; readonly answer: string; readonly eventId: string };

const FORGED = 'The signature is missing, does not fit the body, or is too old.';
const NO_EVENT = 'The body is not an event.';
const OTHER_MODE = 'The event is not of the mode, test or live, of the key in use.';

/** Stripe's own advice: time for a request to arrive, and too little for one that was overheard to be of use. */
const OLDEST_SECONDS = 300;
/** What Stripe's ids and types consist of. Nothing else reaches the database or the log. */
const IDENTIFIER = /^[\w.-]{1,255}$/;

/**
 * Reads a webhook's body where its signature is right and young enough.
 * @param body as it was received, byte for byte: the signature is made over that
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
      OLDEST_SECONDS,
      undefined,
      now.getTime(),
    );
  } catch (error) {
    // The error itself holds the whole body. Its first line is one of Stripe's own fixed texts.
    if (error instanceof Stripe.errors.StripeSignatureVerificationError)
      return { kind: 'refused', answer: FORGED, reason: error.message.split('\n')[0] ?? '' };
    return { kind: 'refused', answer: NO_EVENT, reason: 'signed, and not what can be read' };
  }
  const event = eventIn(content);
  if (event === undefined)
    return { kind: 'refused', answer: NO_EVENT, reason: 'signed, and without id or type' };
  return fieldsOf(content)['livemode'] === !isLive
    ? { kind: 'other-mode', answer: OTHER_MODE, eventId: event.id }
    : { kind: 'event', event };
}

function eventIn(content: unknown): WebhookEvent | undefined {
  const { id, type, data } = fieldsOf(content);
  if (!isIdentifier(id) || !isIdentifier(type)) return undefined;
  const about = fieldsOf(fieldsOf(data)['object']);
  // A refund and a charge name the payment that they belong to, a PaymentIntent is it.
  const isPayment = about['object'] === 'payment_intent';
  const paymentIntentId = isPayment ? about['id'] : about['payment_intent'];
  return {
    id,
    type,
    paymentIntentId: isIdentifier(paymentIntentId) ? paymentIntentId : undefined,
    payment: isPayment ? paymentIn(about) : undefined,
  };
}

function paymentIn(about: Readonly<Record<string, unknown>>): WebhookEvent['payment'] {
  const { amount, amount_received: received = amount, currency } = about;
  if (typeof amount !== 'number' || typeof received !== 'number' || !isIdentifier(currency)) return undefined;
  return { total: fromStripeAmount(amount, currency), received: fromStripeAmount(received, currency) };
}

function isIdentifier(value: unknown): value is string {
  return typeof value === 'string' && IDENTIFIER.test(value);
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
