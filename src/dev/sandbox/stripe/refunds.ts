import { newIdentifier } from '../identifiers.js';
import type { Books } from '../state/books.js';
import type { Intent, Outcome, Refund } from '../state/records.js';
import { requireRefundable } from './currencies.js';
import type { FormRecord } from './form.js';
import { listPage, PAGE_PARAMETERS, requireOneEnd } from './listing.js';
import { metadata } from './metadata.js';
import { choice, integer, readParameters, required, text } from './parameters.js';
import { chargeObject } from './charge-object.js';
import { missing, refused } from './errors.js';
import { refundObject } from './objects.js';

const CREATE_PARAMETERS = {
  payment_intent: required(text),
  amount: integer(1),
  reason: choice('duplicate', 'fraudulent', 'requested_by_customer'),
  metadata,
};

/** Without an amount, the whole remaining amount is refunded. */
export interface RefundRequest {
  readonly payment_intent: string;
  readonly amount: number | null;
  readonly reason: string | null;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Checks a refund request. @returns the execution */
export function createRefund(books: Books, form: FormRecord): () => Outcome {
  const request = readParameters(form, CREATE_PARAMETERS);
  return () => refundIntent(books, request);
}

/**
 * Refunds a paid intent.
 *
 * @throws StripeProblem where the amount can't be refunded
 */
export function refundIntent(books: Books, request: RefundRequest): Outcome {
  const { payment_intent: intentId, reason } = request;
  const intent = books.intents.get(intentId);
  if (intent === undefined) throw missing('payment_intent', intentId, 'payment_intent', 400);
  const { charge, amount } = refundable(intent, request.amount);
  const refund: Refund = {
    id: newIdentifier('re_3', 23),
    created: books.creationTime(),
    amount,
    currency: intent.currency,
    charge,
    paymentIntent: intent.id,
    reason,
    metadata: request.metadata,
  };
  const after: Intent = { ...intent, amountRefunded: intent.amountRefunded + amount };
  const object = refundObject(refund);
  const events = [
    { type: 'refund.created', object },
    { type: 'charge.refunded', object: chargeObject(after, charge) },
  ] as const;
  return { status: 200, body: object, intent: after, refund, events };
}

/** The charge and the amount to refund, never more than what remains of the charge. */
function refundable(intent: Intent, wanted: number | null): { charge: string; amount: number } {
  const { currency, dispute, latestCharge: charge } = intent;
  if (intent.status !== 'succeeded' || charge === null) {
    const message = `This PaymentIntent (${intent.id}) does not have a successful charge to refund.`;
    throw refused(message, { param: 'payment_intent' });
  }
  if (dispute !== undefined && dispute.status !== 'won') {
    const message = `Charge ${charge} is disputed: it cannot be refunded.`;
    throw refused(message, { code: 'charge_disputed' });
  }
  if (wanted !== null) requireRefundable(wanted, currency);
  const left = intent.amountReceived - intent.amountRefunded;
  if (left === 0) {
    throw refused(`Charge ${charge} has already been refunded.`, { code: 'charge_already_refunded' });
  }
  if (wanted !== null && wanted > left) {
    // Stripe sends no code here, only param.
    const message = `Refund amount (${wanted}) is greater than unrefunded amount on charge (${left}), in minor units of`;
    throw refused(`${message} ${currency}`, { param: 'amount' });
  }
  return { charge, amount: wanted ?? left };
}

export function retrieveRefund(books: Books, form: FormRecord, id: string): () => Outcome {
  readParameters(form, {});
  return () => {
    const refund = books.refunds.get(id);
    if (refund === undefined) throw missing('refund', id, 'id', 404);
    return { status: 200, body: refundObject(refund) };
  };
}

/** Of one intent, or of all. */
export function listRefunds(books: Books, form: FormRecord): () => Outcome {
  const request = readParameters(form, { ...PAGE_PARAMETERS, payment_intent: text });
  requireOneEnd(request);
  const { payment_intent: intentId } = request;
  const shape = { kind: 'refund', url: '/v1/refunds', objectOf: refundObject };
  return () => listPage(intentId === null ? books.refunds : books.refundsOf(intentId), request, shape);
}
