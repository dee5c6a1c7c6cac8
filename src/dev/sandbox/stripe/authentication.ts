import { newIdentifier } from '../identifiers.js';
import type { Books } from '../state/books.js';
import type { AuthenticationOutcome, Intent } from '../state/records.js';
import { chargeCard, type IntentOutcome, requireCard } from './charging.js';
import { invalid } from './errors.js';
import { paymentIntentObject } from './objects.js';

/* The authentication of customers by their bank, see https://docs.stripe.com/payments/3d-secure/authentication-flow. */

/** Whether the customer was authenticated for this payment method, and only the confirmation is left. */
export function isAuthenticated(
  { status, authentication, paymentMethod }: Intent,
  confirmedMethod: string,
): boolean {
  const isPassed = status === 'requires_confirmation' && authentication?.outcome === 'succeeded';
  return isPassed && paymentMethod === confirmedMethod;
}

/** The intent waits for its customer, in the status `requires_action`. */
export function requireAuthentication(
  books: Books,
  intent: Intent,
  paymentMethod: string,
  returnUrl: string | null,
): IntentOutcome {
  const waiting: Intent = {
    ...intent,
    status: 'requires_action',
    paymentMethod,
    authentication: { id: newIdentifier('auth_', 24), returnUrl, outcome: null },
    lastFailure: null,
  };
  const object = paymentIntentObject(waiting, books);
  const events = [{ type: 'payment_intent.requires_action', object }] as const;
  return { status: 200, body: object, intent: waiting, events };
}

/**
 * The customer's answer to the bank. Authenticated, the card is charged, unless the shop confirms the payment itself.
 *
 * @returns with the PaymentIntent object as body, whatever became of the charge
 * @throws StripeProblem 400 where the intent does not wait for its customer
 */
export function authenticate(books: Books, intent: Intent, outcome: AuthenticationOutcome): IntentOutcome {
  const { id, status, authentication, paymentMethod } = intent;
  if (status !== 'requires_action' || authentication === undefined || paymentMethod === null) {
    throw invalid(`The payment ${id} does not wait for its customer: its status is ${status}.`);
  }
  const answered: Intent = { ...intent, authentication: { ...authentication, outcome } };
  if (outcome === 'failed') return failed(books, answered, paymentMethod);
  if (intent.confirmationMethod === 'manual') {
    // Stripe has no event for it.
    const confirmable: Intent = { ...answered, status: 'requires_confirmation' };
    return { status: 200, body: paymentIntentObject(confirmable, books), intent: confirmable };
  }
  const charged = chargeCard(books, answered, paymentMethod, requireCard(paymentMethod).decline);
  return { ...charged, status: 200, body: paymentIntentObject(charged.intent, books) };
}

/** Nothing was charged, so that an earlier charge stays the latest one. */
function failed(books: Books, intent: Intent, paymentMethod: string): IntentOutcome {
  const message =
    'The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new ' +
    'PaymentMethod to attempt to fulfill this PaymentIntent again.';
  const refused: Intent = {
    ...intent,
    status: 'requires_payment_method',
    paymentMethod: null,
    lastFailure: { code: 'payment_intent_authentication_failure', message, paymentMethod },
  };
  const object = paymentIntentObject(refused, books);
  const events = [{ type: 'payment_intent.payment_failed', object }] as const;
  return { status: 200, body: object, intent: refused, events };
}
