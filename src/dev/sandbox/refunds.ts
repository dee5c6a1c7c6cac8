import type { Books } from './books.js';
import { requireRefundable } from './currencies.js';
import type { FormRecord } from './form-body.js';
import { newIdentifier } from './identifiers.js';
import { listObject, newestFirst, PAGE_PARAMETERS, readPageRequest } from './listing.js';
import {
  acceptOnly,
  metadata,
  optionalChoice,
  optionalInteger,
  optionalText,
  requiredText,
} from './parameters.js';
import type { Intent, Outcome, Refund } from './records.js';
import { chargeDisputed, resourceMissing, StripeProblem } from './stripe-error.js';
import { chargeObject, refundObject } from './stripe-objects.js';

const CREATE_PARAMETERS = new Set(['payment_intent', 'amount', 'reason', 'metadata']);
const LIST_PARAMETERS = new Set<string>([...PAGE_PARAMETERS, 'payment_intent']);
const NO_PARAMETERS = new Set<string>();
const REASONS = ['duplicate', 'fraudulent', 'requested_by_customer'] as const;

/** Checks a refund request, and returns the work still to be done. Without an amount, all that is left is refunded. */
export function createRefund(books: Books, form: FormRecord): () => Outcome {
  acceptOnly(form, CREATE_PARAMETERS);
  const intentId = requiredText(form, 'payment_intent');
  const bounds = { minimum: 1, maximum: Number.MAX_SAFE_INTEGER };
  const amount = optionalInteger(form, 'amount', bounds);
  const reason = optionalChoice(form, 'reason', REASONS) ?? null;
  const refundMetadata = metadata(form);
  return () => refundIntent(books, { intentId, amount, reason, metadata: refundMetadata });
}

/**
 * Returns money of a paid intent.
 *
 * @param request amount left out: all that is left
 * @throws StripeProblem where there is no such money
 */
export function refundIntent(
  books: Books,
  request: {
    readonly intentId: string;
    readonly amount: number | undefined;
    readonly reason: string | null;
    readonly metadata: Readonly<Record<string, string>>;
  },
): Outcome {
  const { intentId, amount, reason, metadata: refundMetadata } = request;
  const intent = books.intent(intentId);
  if (intent === undefined) throw resourceMissing('payment_intent', intentId, 'payment_intent', 400);
  const { charge, refunded } = refundable(intent, amount);
  const refund: Refund = {
    id: newIdentifier('re_3', 23),
    created: books.creationTime(),
    amount: refunded,
    currency: intent.currency,
    charge,
    paymentIntent: intent.id,
    reason,
    metadata: refundMetadata,
  };
  const after: Intent = { ...intent, amountRefunded: intent.amountRefunded + refunded };
  const object = refundObject(refund);
  return {
    status: 200,
    body: object,
    intent: after,
    refund,
    events: [
      { type: 'refund.created', object },
      { type: 'charge.refunded', object: chargeObject(after) },
    ],
  };
}

/** How much is refunded, never more than what is left of the charge. */
function refundable(intent: Intent, amount: number | undefined): { charge: string; refunded: number } {
  const charge = intent.latestCharge;
  if (intent.status !== 'succeeded' || charge === null) {
    throw refused(
      `This PaymentIntent (${intent.id}) does not have a successful charge to refund.`,
      'payment_intent',
    );
  }
  if (intent.dispute !== undefined && intent.dispute.status !== 'won') throw chargeDisputed(charge);
  if (amount !== undefined) requireRefundable(amount, intent.currency);
  const left = intent.amountReceived - intent.amountRefunded;
  if (left === 0) {
    const message = `Charge ${charge} has already been refunded.`;
    throw refused(message, undefined, 'charge_already_refunded');
  }
  if (amount !== undefined && amount > left) {
    // Stripe sends no code with this one, only the parameter.
    throw refused(
      `Refund amount (${amount}) is greater than unrefunded amount on charge (${left}), in minor units of ` +
        intent.currency,
      'amount',
    );
  }
  return { charge, refunded: amount ?? left };
}

function refused(message: string, param?: string, code?: string): StripeProblem {
  const fields = {
    type: 'invalid_request_error' as const,
    message,
    ...(param === undefined ? {} : { param }),
    ...(code === undefined ? {} : { code }),
  };
  return new StripeProblem(400, fields, true);
}

/** Answers with one refund. */
export function retrieveRefund(books: Books, form: FormRecord, id: string): () => Outcome {
  acceptOnly(form, NO_PARAMETERS);
  return () => {
    const refund = books.refund(id);
    if (refund === undefined) throw resourceMissing('refund', id, 'id', 404);
    return { status: 200, body: refundObject(refund) };
  };
}

/** Answers with a page of refunds, newest first, of one intent or of all. */
export function listRefunds(books: Books, form: FormRecord): () => Outcome {
  acceptOnly(form, LIST_PARAMETERS);
  const request = readPageRequest(form);
  const intentId = optionalText(form, 'payment_intent');
  return () => {
    const listed = intentId === undefined ? books.refunds : books.refundsOf(intentId);
    const positionOf = (id: string): number | undefined => {
      if (intentId === undefined) return books.refundPosition(id);
      const position = listed.findIndex((refund) => refund.id === id);
      return position < 0 ? undefined : position;
    };
    const { page, hasMore } = newestFirst(listed, positionOf, 'refund', request);
    return { status: 200, body: listObject('/v1/refunds', page.map(refundObject), hasMore) };
  };
}
