import { newIdentifier } from '../identifiers.js';
import type { Books } from '../state/books.js';
import type { ChargeFailure, ChargeRecord, Intent, Outcome } from '../state/records.js';
import { errorBody, missing, refused } from './errors.js';
import { failureObject, paymentIntentObject } from './objects.js';
import { type Decline, findTestCard, type TestCard, wasUsedWithoutCustomer } from './test-cards.js';

/** An outcome that changes an intent. */
export type IntentOutcome = Outcome & { readonly intent: Intent };

/**
 * The test card of a payment method.
 *
 * @throws StripeProblem 400
 */
export function requireCard(paymentMethod: string): TestCard {
  // Stripe sends neither code nor param.
  if (wasUsedWithoutCustomer(paymentMethod))
    throw refused('The payment method was used before without a customer, and cannot be used again.');
  const card = findTestCard(paymentMethod);
  if (card === undefined) throw missing('PaymentMethod', paymentMethod, 'payment_method', 400);
  return card;
}

/**
 * Charges the card: the intent succeeds, or goes back to `requires_payment_method` with the card's error.
 *
 * @param decline why the bank declines; undefined where it does not
 */
export function chargeCard(
  books: Books,
  intent: Intent,
  paymentMethod: string,
  decline: Decline | undefined,
): IntentOutcome {
  const id = newIdentifier('ch_3', 23);
  const charge: ChargeRecord = {
    created: books.creationTime(),
    metadata: intent.metadata,
    ...(intent.authentication?.outcome === 'succeeded' ? { authenticated: true } : {}),
  };
  if (decline !== undefined) {
    const failure = { ...decline, charge: id, paymentMethod };
    return declined(books, { ...intent, charge: { ...charge, failure } }, failure);
  }
  const paid: Intent = {
    ...intent,
    charge,
    status: 'succeeded',
    paymentMethod,
    latestCharge: id,
    amountReceived: intent.amount,
    lastFailure: null,
  };
  const object = paymentIntentObject(paid, books);
  return { status: 200, body: object, intent: paid, events: [{ type: 'payment_intent.succeeded', object }] };
}

function declined(books: Books, intent: Intent, failure: ChargeFailure): IntentOutcome {
  const failed: Intent = {
    ...intent,
    status: 'requires_payment_method',
    paymentMethod: null,
    latestCharge: failure.charge,
    lastFailure: failure,
  };
  const object = paymentIntentObject(failed, books);
  const body = errorBody({ ...failureObject(failure), payment_intent: object });
  return { status: 402, body, intent: failed, events: [{ type: 'payment_intent.payment_failed', object }] };
}
