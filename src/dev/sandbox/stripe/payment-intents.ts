import type { Books } from '../state/books.js';
import type { Intent, Outcome } from '../state/records.js';
import { CONFIRM_PARAMETERS, confirmWith, MISSING_PAYMENT_METHOD } from './confirming.js';
import { expandIntent, expandIntents } from './expand.js';
import type { FormRecord } from './form.js';
import { listPage, PAGE_PARAMETERS, requireOneEnd } from './listing.js';
import { choice, readParameters } from './parameters.js';
import { missing, refused, type StripeProblem } from './errors.js';
import { paymentIntentObject } from './objects.js';

const CANCEL_PARAMETERS = {
  cancellation_reason: choice('duplicate', 'fraudulent', 'requested_by_customer', 'abandoned'),
};

/** Checks a confirm request. @returns the execution */
export function confirmPaymentIntent(books: Books, form: FormRecord, id: string): () => Outcome {
  const given = readParameters(form, CONFIRM_PARAMETERS);
  return () => {
    const intent = requireIntent(books, id);
    switch (intent.status) {
      case 'succeeded':
        throw unexpectedState(
          books,
          intent,
          'You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed.',
        );
      case 'canceled':
        throw unexpectedState(
          books,
          intent,
          'You cannot confirm this PaymentIntent because it has a status of canceled. Only a PaymentIntent with ' +
            'one of the following statuses may be confirmed: requires_confirmation, requires_action.',
        );
      case 'requires_payment_method':
      case 'requires_confirmation':
      // Confirmed anew: an earlier authentication that is still open no longer counts.
      case 'requires_action': {
        const paymentMethod = given.payment_method ?? intent.paymentMethod;
        if (paymentMethod === null) throw unexpectedState(books, intent, MISSING_PAYMENT_METHOD);
        return confirmWith(books, intent, paymentMethod, given);
      }
    }
  };
}

/** Checks a cancel request. @returns the execution */
export function cancelPaymentIntent(books: Books, form: FormRecord, id: string): () => Outcome {
  const { cancellation_reason: cancellationReason } = readParameters(form, CANCEL_PARAMETERS);
  return () => {
    const intent = requireIntent(books, id);
    if (intent.status === 'succeeded' || intent.status === 'canceled') {
      throw unexpectedState(
        books,
        intent,
        `You cannot cancel this PaymentIntent because it has a status of ${intent.status}. Only a PaymentIntent ` +
          'with one of the following statuses may be canceled: requires_payment_method, requires_capture, ' +
          'requires_confirmation, requires_action, processing.',
      );
    }
    const canceledAt = books.creationTime();
    const canceled: Intent = { ...intent, status: 'canceled', canceledAt, cancellationReason };
    const object = paymentIntentObject(canceled, books);
    const events = [{ type: 'payment_intent.canceled', object }] as const;
    return { status: 200, body: object, intent: canceled, events };
  };
}

export function retrievePaymentIntent(books: Books, form: FormRecord, id: string): () => Outcome {
  const { expand: toObject } = readParameters(form, { expand: expandIntent });
  return () => ({ status: 200, body: toObject(requireIntent(books, id), books) });
}

export function listPaymentIntents(books: Books, form: FormRecord): () => Outcome {
  const request = readParameters(form, { ...PAGE_PARAMETERS, expand: expandIntents });
  requireOneEnd(request);
  const objectOf = (intent: Intent): object => request.expand(intent, books);
  const shape = { kind: 'payment_intent', url: '/v1/payment_intents', objectOf };
  return () => listPage(books.intents, request, shape);
}

/** @throws StripeProblem 404 */
export function requireIntent(books: Books, id: string): Intent {
  const intent = books.intents.get(id);
  if (intent === undefined) throw missing('payment_intent', id, 'intent', 404);
  return intent;
}

/** Stripe includes the intent. */
function unexpectedState(books: Books, intent: Intent, message: string): StripeProblem {
  const code = 'payment_intent_unexpected_state';
  return refused(message, { code, payment_intent: paymentIntentObject(intent, books) });
}
