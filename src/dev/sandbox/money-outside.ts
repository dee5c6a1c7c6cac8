import type { Books } from './books.js';
import type { Changes } from './changes.js';
import { newIdentifier } from './identifiers.js';
import type { Dispute, EventType, Intent, Outcome } from './records.js';
import { refundIntent } from './refunds.js';
import { invalidParameter, resourceMissing, StripeProblem } from './stripe-error.js';
import { disputeObject, refundObject } from './stripe-objects.js';

/** What the control endpoint answers. */
export interface OutsideAnswer {
  readonly status: number;
  readonly body: object;
}

interface Parts {
  readonly books: Books;
  readonly changes: Changes;
}

type Body = Readonly<Record<string, unknown>>;

const FAIL_PATH = /^refunds\/(re_[A-Za-z0-9]{1,64})\/fail$/;

/**
 * Moves money past the API, as people do at Stripe's dashboard, and banks by themselves.
 *
 * @param path what follows `/_sandbox/`
 * @param body the request's JSON, read
 * @returns undefined where the path is none of these
 */
export function moveMoneyOutside(path: string, body: unknown, parts: Parts): OutsideAnswer | undefined {
  const failing = FAIL_PATH.exec(path)?.[1];
  if (failing === undefined && path !== 'refunds' && path !== 'disputes') return undefined;
  try {
    const outcome =
      failing !== undefined
        ? failRefund(parts.books, failing)
        : path === 'refunds'
          ? refundOutside(parts.books, readBody(body, ['paymentIntent', 'amount']))
          : disputeCharge(parts.books, readBody(body, ['paymentIntent', 'outcome']));
    parts.changes.write(outcome);
    return { status: outcome.status, body: outcome.body };
  } catch (error) {
    if (!(error instanceof StripeProblem)) throw error;
    return { status: error.status, body: { error: error.fields } };
  }
}

function refundOutside(books: Books, { paymentIntent, amount }: Body): Outcome {
  if (amount !== undefined && !(Number.isSafeInteger(amount) && Number(amount) >= 1)) {
    throw invalidParameter('amount must be a whole number of at least 1.', 'amount');
  }
  return refundIntent(books, {
    intentId: requireIntentId(paymentIntent),
    amount: amount === undefined ? undefined : Number(amount),
    reason: null,
    metadata: {},
  });
}

/** The bank could not return the money: it is the merchant's again. */
function failRefund(books: Books, id: string): Outcome {
  const refund = books.refund(id);
  const intent = refund === undefined ? undefined : books.intent(refund.paymentIntent);
  if (refund === undefined || intent === undefined) throw resourceMissing('refund', id, 'id', 404);
  if (refund.failed === true) throw invalidParameter(`The refund ${id} has failed already.`);
  const failed = { ...refund, failed: true } as const;
  const after: Intent = { ...intent, amountRefunded: intent.amountRefunded - refund.amount };
  const object = refundObject(failed);
  const types = ['refund.updated', 'refund.failed', 'charge.refund.updated'] as const;
  const events = types.map((type) => ({ type, object }));
  return { status: 200, body: object, intent: after, refund: failed, events };
}

/** Opens a dispute of all that was paid, closes the open one, or does both: once for each charge. */
function disputeCharge(books: Books, { paymentIntent, outcome }: Body): Outcome {
  if (outcome !== undefined && outcome !== 'won' && outcome !== 'lost') {
    throw invalidParameter('outcome must be won or lost, or left out.', 'outcome');
  }
  const id = requireIntentId(paymentIntent);
  const intent = books.intent(id);
  if (intent === undefined) throw resourceMissing('payment_intent', id, 'payment_intent', 400);
  if (intent.status !== 'succeeded') throw invalidParameter(`The payment ${id} did not succeed.`);
  const { dispute: open } = intent;
  if (open !== undefined && (open.status !== 'needs_response' || outcome === undefined)) {
    throw invalidParameter(`The payment ${id} has the dispute ${open.id} already: ${open.status}.`);
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

function readBody(body: unknown, fields: readonly string[]): Body {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw invalidParameter('The body must be a JSON object.');
  }
  const unknown = Object.keys(body).find((name) => !fields.includes(name));
  if (unknown === undefined) return body as Body;
  throw invalidParameter(`Unknown field ${unknown}; known are ${fields.join(', ')}.`, unknown);
}

function requireIntentId(value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw invalidParameter('paymentIntent must be the id of a PaymentIntent.', 'paymentIntent');
}
