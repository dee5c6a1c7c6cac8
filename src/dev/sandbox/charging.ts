import type { FormRecord } from './form-body.js';
import { newIdentifier } from './identifiers.js';
import { flag, optionalText } from './parameters.js';
import type { ChargeFailure, Intent, Outcome } from './records.js';
import { errorBody, invalidParameter, paymentMethodUsedUp, resourceMissing } from './stripe-error.js';
import { paymentIntentObject, paymentMethodObject } from './stripe-objects.js';
import { findTestCard, wasUsedWithoutCustomer } from './test-cards.js';

const CONFIRM_OPTIONS = ['off_session', 'error_on_requires_action', 'return_url', 'receipt_email'];

/** What a confirm request may carry. */
export const CONFIRM_PARAMETERS: ReadonlySet<string> = new Set(['payment_method', ...CONFIRM_OPTIONS]);

/** Stripe's text for a confirm request without a payment method. */
export const MISSING_PAYMENT_METHOD =
  "You cannot confirm this PaymentIntent because it's missing a payment method. Confirm it again with a " +
  'payment method.';

/** Checks the options that change nothing here: each payment counts as one without the payer present. */
export function readConfirmOptions(form: FormRecord): void {
  flag(form, 'off_session');
  flag(form, 'error_on_requires_action');
  optionalText(form, 'receipt_email');
}

/**
 * Refuses names that Stripe would not know, and methods that cannot be charged again.
 *
 * @throws StripeProblem 400
 */
export function requireUsablePaymentMethod(paymentMethod: string): void {
  if (wasUsedWithoutCustomer(paymentMethod)) throw paymentMethodUsedUp();
  if (findTestCard(paymentMethod) === undefined) {
    throw resourceMissing('PaymentMethod', paymentMethod, 'payment_method', 400);
  }
}

/** Stripe wants a return address for methods that may redirect, and refuses to confirm without one. */
export function requireReturnUrl(intent: Intent, returnUrl: string | undefined): void {
  if (intent.automaticPaymentMethods?.allowRedirects === 'always' && returnUrl === undefined) {
    throw invalidParameter(
      'This PaymentIntent is configured to accept payment methods that may redirect. Provide a `return_url`, ' +
        'or create it with `automatic_payment_methods[allow_redirects]` set to `never`.',
      'return_url',
    );
  }
}

/** Charges the card: the intent succeeds, or goes back to `requires_payment_method` with the card's error. */
export function chargeCard(intent: Intent, paymentMethod: string): Outcome & { readonly intent: Intent } {
  const card = findTestCard(paymentMethod);
  if (card === undefined) throw resourceMissing('PaymentMethod', paymentMethod, 'payment_method', 400);
  const charge = newIdentifier('ch_3', 23);
  switch (card.outcome) {
    case 'approved': {
      const paid: Intent = {
        ...intent,
        status: 'succeeded',
        paymentMethod,
        latestCharge: charge,
        amountReceived: intent.amount,
        lastFailure: null,
      };
      const object = paymentIntentObject(paid);
      return {
        status: 200,
        body: object,
        intent: paid,
        events: [{ type: 'payment_intent.succeeded', object }],
      };
    }
    case 'declined': {
      const { code, declineCode, message } = card;
      return decline(intent, { code, declineCode, message, charge, paymentMethod });
    }
  }
}

function decline(intent: Intent, failure: ChargeFailure): Outcome & { readonly intent: Intent } {
  const failed: Intent = {
    ...intent,
    status: 'requires_payment_method',
    paymentMethod: null,
    latestCharge: failure.charge,
    lastFailure: failure,
  };
  const object = paymentIntentObject(failed);
  const body = errorBody({
    type: 'card_error',
    code: failure.code,
    decline_code: failure.declineCode,
    message: failure.message,
    charge: failure.charge,
    payment_method: paymentMethodObject(failure.paymentMethod),
    payment_intent: object,
  });
  return { status: 402, body, intent: failed, events: [{ type: 'payment_intent.payment_failed', object }] };
}
