import type { Books } from './books.js';
import {
  chargeCard,
  CONFIRM_PARAMETERS,
  MISSING_PAYMENT_METHOD,
  readConfirmOptions,
  requireUsablePaymentMethod,
  requireReturnUrl,
} from './charging.js';
import type { FormRecord } from './form-body.js';
import { listObject, newestFirst, PAGE_PARAMETERS, readPageRequest } from './listing.js';
import { acceptOnly, optionalChoice, optionalText } from './parameters.js';
import type { Intent, Outcome } from './records.js';
import { resourceMissing, unexpectedState } from './stripe-error.js';
import { paymentIntentObject } from './stripe-objects.js';

const CANCEL_PARAMETERS = new Set(['cancellation_reason']);
const LIST_PARAMETERS = new Set<string>(PAGE_PARAMETERS);
const NO_PARAMETERS = new Set<string>();

const CANCELLATION_REASONS = ['duplicate', 'fraudulent', 'requested_by_customer', 'abandoned'] as const;

/** Checks a confirm request, and returns the work still to be done. */
export function confirmPaymentIntent(books: Books, form: FormRecord, id: string): () => Outcome {
  acceptOnly(form, CONFIRM_PARAMETERS);
  const given = optionalText(form, 'payment_method');
  const returnUrl = optionalText(form, 'return_url');
  readConfirmOptions(form);
  return () => {
    const intent = requireIntent(books, id);
    switch (intent.status) {
      case 'succeeded':
        throw unexpectedState(
          'You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed.',
          paymentIntentObject(intent),
        );
      case 'canceled':
        throw unexpectedState(
          'You cannot confirm this PaymentIntent because it has a status of canceled. Only a PaymentIntent with ' +
            'one of the following statuses may be confirmed: requires_confirmation, requires_action.',
          paymentIntentObject(intent),
        );
      case 'requires_payment_method':
      case 'requires_confirmation': {
        const paymentMethod = given ?? intent.paymentMethod;
        if (paymentMethod === null)
          throw unexpectedState(MISSING_PAYMENT_METHOD, paymentIntentObject(intent));
        requireUsablePaymentMethod(paymentMethod);
        requireReturnUrl(intent, returnUrl);
        return chargeCard(intent, paymentMethod);
      }
    }
  };
}

/** Checks a cancel request, and returns the work still to be done. */
export function cancelPaymentIntent(books: Books, form: FormRecord, id: string): () => Outcome {
  acceptOnly(form, CANCEL_PARAMETERS);
  const cancellationReason = optionalChoice(form, 'cancellation_reason', CANCELLATION_REASONS) ?? null;
  return () => {
    const intent = requireIntent(books, id);
    if (intent.status === 'succeeded' || intent.status === 'canceled') {
      throw unexpectedState(
        `You cannot cancel this PaymentIntent because it has a status of ${intent.status}. Only a PaymentIntent ` +
          'with one of the following statuses may be canceled: requires_payment_method, requires_capture, ' +
          'requires_confirmation, requires_action, processing.',
        paymentIntentObject(intent),
      );
    }
    const canceledAt = books.creationTime();
    const canceled: Intent = { ...intent, status: 'canceled', canceledAt, cancellationReason };
    const object = paymentIntentObject(canceled);
    return {
      status: 200,
      body: object,
      intent: canceled,
      events: [{ type: 'payment_intent.canceled', object }],
    };
  };
}

/** Answers with one intent. */
export function retrievePaymentIntent(books: Books, form: FormRecord, id: string): () => Outcome {
  acceptOnly(form, NO_PARAMETERS);
  return () => ({ status: 200, body: paymentIntentObject(requireIntent(books, id)) });
}

/** Answers with a page of intents, newest first. */
export function listPaymentIntents(books: Books, form: FormRecord): () => Outcome {
  acceptOnly(form, LIST_PARAMETERS);
  const request = readPageRequest(form);
  return () => {
    const positionOf = (id: string): number | undefined => books.intentPosition(id);
    const { page, hasMore } = newestFirst(books.intents, positionOf, 'payment_intent', request);
    return {
      status: 200,
      body: listObject('/v1/payment_intents', page.map(paymentIntentObject), hasMore),
    };
  };
}

function requireIntent(books: Books, id: string): Intent {
  const intent = books.intent(id);
  if (intent === undefined) throw resourceMissing('payment_intent', id, 'intent', 404);
  return intent;
}
