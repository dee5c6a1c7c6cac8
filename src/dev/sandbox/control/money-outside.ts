import { newIdentifier } from '../identifiers.js';
import type { Books } from '../state/books.js';
import type { Dispute, EventType, Intent, Outcome } from '../state/records.js';
import { disputeObject } from '../stripe/dispute-object.js';
import { refundIntent } from '../stripe/refunds.js';
import { invalid, missing } from '../stripe/errors.js';
import { refundObject } from '../stripe/objects.js';
import { readBody, requireIntentId } from './body.js';

/* Changes made outside the API: in Stripe's dashboard, or by a bank. */

/** @throws StripeProblem for an invalid body, or where there is nothing to refund */
export function refundOutside(books: Books, body: unknown): Outcome {
  const { paymentIntent, amount } = readBody(body, ['paymentIntent', 'amount']);
  if (amount !== undefined && !(typeof amount === 'number' && Number.isSafeInteger(amount) && amount >= 1)) {
    throw invalid('amount must be a whole number of at least 1.', { param: 'amount' });
  }
  const id = requireIntentId(paymentIntent);
  return refundIntent(books, { payment_intent: id, amount: amount ?? null, reason: null, metadata: {} });
}

/** The customer's bank has returned the money to the merchant. */
export function failRefund(books: Books, id: string): Outcome {
  const refund = books.refunds.get(id);
  const intent = refund === undefined ? undefined : books.intents.get(refund.paymentIntent);
  if (refund === undefined || intent === undefined) throw missing('refund', id, 'id', 404);
  if (refund.failed === true) throw invalid(`The refund ${id} has already failed.`);
  const failed = { ...refund, failed: true } as const;
  const after: Intent = { ...intent, amountRefunded: intent.amountRefunded - refund.amount };
  const object = refundObject(failed);
  const types = ['refund.updated', 'refund.failed', 'charge.refund.updated'] as const;
  const events = types.map((type) => ({ type, object }));
  return { status: 200, body: object, intent: after, refund: failed, events };
}

/** Opens a dispute of the whole charge, closes the open one, or does both. A charge has only one dispute. */
export function disputeCharge(books: Books, body: unknown): Outcome {
  const { paymentIntent, outcome } = readBody(body, ['paymentIntent', 'outcome']);
  if (outcome !== undefined && outcome !== 'won' && outcome !== 'lost') {
    throw invalid('outcome must be won or lost, or left out.', { param: 'outcome' });
  }
  const id = requireIntentId(paymentIntent);
  const intent = books.intents.get(id);
  if (intent === undefined) throw missing('payment_intent', id, 'payment_intent', 400);
  if (intent.status !== 'succeeded') throw invalid(`The payment ${id} did not succeed.`);
  const { dispute: open } = intent;
  if (open !== undefined && (open.status !== 'needs_response' || outcome === undefined)) {
    throw invalid(`The payment ${id} already has the dispute ${open.id}: ${open.status}.`);
  }
  const opened: Dispute = open ?? {
    id: newIdentifier('du_1', 23),
    created: books.creationTime(),
    status: 'needs_response',
  };
  const events = open === undefined ? eventsOf(opened, intent, OPENING) : [];
  if (outcome === undefined) return disputed(intent, opened, events);
  const closed: Dispute = { ...opened, status: outcome };
  return disputed(intent, closed, [...events, ...eventsOf(closed, intent, CLOSING[outcome])]);
}

const OPENING = ['charge.dispute.created', 'charge.dispute.funds_withdrawn'] as const;
const CLOSING = {
  won: ['charge.dispute.funds_reinstated', 'charge.dispute.closed'],
  lost: ['charge.dispute.closed'],
} as const;

function eventsOf(dispute: Dispute, intent: Intent, types: readonly EventType[]) {
  return types.map((type) => ({ type, object: disputeObject(dispute, intent) }));
}

function disputed(intent: Intent, dispute: Dispute, events: ReturnType<typeof eventsOf>): Outcome {
  return { status: 200, body: disputeObject(dispute, intent), intent: { ...intent, dispute }, events };
}
