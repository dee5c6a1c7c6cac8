import { newIdentifier } from '../identifiers.js';
import type { ChargeFailure, Intent, Outcome } from '../state/records.js';
import { flag, text } from './parameters.js';
import { errorBody, invalid, missing, refused } from './errors.js';
import { failureObject, paymentIntentObject } from './objects.js';
import { findTestCard, type TestCard, wasUsedWithoutCustomer } from './test-cards.js';

/** The parameters of a confirm request. Most have no effect here: each payment is off-session. */
export const CONFIRM_PARAMETERS = {
  payment_method: text,
  return_url: text,
  off_session: flag,
  error_on_requires_action: flag,
  receipt_email: text,
};

/** Stripe's message for a confirm request without a payment method. */
export const MISSING_PAYMENT_METHOD =
  "You cannot confirm this PaymentIntent because it's missing a payment method. Confirm it again with a " +
  'payment method.';

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

/** Charges the card: the intent succeeds, or goes back to `requires_payment_method` with the card's error. */
export function chargeCard(intent: Intent, paymentMethod: string, returnUrl: string | null): Outcome {
  const { decline } = requireCard(paymentMethod);
  if (intent.automaticPaymentMethods?.allowRedirects === 'always' && returnUrl === null) {
    throw invalid(
      'This PaymentIntent is configured to accept payment methods that may redirect. Provide a `return_url`, ' +
        'or create it with `automatic_payment_methods[allow_redirects]` set to `never`.',
      { param: 'return_url' },
    );
  }
  const charge = newIdentifier('ch_3', 23);
  if (decline !== undefined) return declined(intent, { ...decline, charge, paymentMethod });
  const paid: Intent = {
    ...intent,
    status: 'succeeded',
    paymentMethod,
    latestCharge: charge,
    amountReceived: intent.amount,
    lastFailure: null,
  };
  const object = paymentIntentObject(paid);
  return { status: 200, body: object, intent: paid, events: [{ type: 'payment_intent.succeeded', object }] };
}

function declined(intent: Intent, failure: ChargeFailure): Outcome {
  const failed: Intent = {
    ...intent,
    status: 'requires_payment_method',
    paymentMethod: null,
    latestCharge: failure.charge,
    lastFailure: failure,
  };
  const object = paymentIntentObject(failed);
  const body = errorBody({ ...failureObject(failure), payment_intent: object });
  return { status: 402, body, intent: failed, events: [{ type: 'payment_intent.payment_failed', object }] };
}
