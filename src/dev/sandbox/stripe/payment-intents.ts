import type { Books } from '../state/books.js';
import type { Intent, Outcome } from '../state/records.js';
import { chargeCard, CONFIRM_PARAMETERS, MISSING_PAYMENT_METHOD } from './charging.js';
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
          intent,
          'You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed.',
        );
      case 'canceled':
        throw unexpectedState(
          intent,
          'You cannot confirm this PaymentIntent because it has a status of canceled. Only a PaymentIntent with ' +
            'one of the following statuses may be confirmed: requires_confirmation, requires_action.',
        );
      case 'requires_payment_method':
      case 'requires_confirmation': {
        const paymentMethod = given.payment_method ?? intent.paymentMethod;
        if (paymentMethod === null) throw unexpectedState(intent, MISSING_PAYMENT_METHOD);
        return chargeCard(intent, paymentMethod, given.return_url);
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
        intent,
        `You cannot cancel this PaymentIntent because it has a status of ${intent.status}. Only a PaymentIntent ` +
          'with one of the following statuses may be canceled: requires_payment_method, requires_capture, ' +
          'requires_confirmation, requires_action, processing.',
      );
    }
    const canceledAt = books.creationTime();
    const canceled: Intent = { ...intent, status: 'canceled', canceledAt, cancellationReason };
    const object = paymentIntentObject(canceled);
    const events = [{ type: 'payment_intent.canceled', object }] as const;
    return { status: 200, body: object, intent: canceled, events };
  };
}

export function retrievePaymentIntent(books: Books, form: FormRecord, id: string): () => Outcome {
  readParameters(form, {});
  return () => ({ status: 200, body: paymentIntentObject(requireIntent(books, id)) });
}

export function listPaymentIntents(books: Books, form: FormRecord): () => Outcome {
  const request = readParameters(form, PAGE_PARAMETERS);
  requireOneEnd(request);
  const shape = { kind: 'payment_intent', url: '/v1/payment_intents', objectOf: paymentIntentObject };
  return () => listPage(books.intents, request, shape);
}

function requireIntent(books: Books, id: string): Intent {
  const intent = books.intents.get(id);
  if (intent === undefined) throw missing('payment_intent', id, 'intent', 404);
  return intent;
}

/** Stripe includes the intent. */
function unexpectedState(intent: Intent, message: string): StripeProblem {
  const code = 'payment_intent_unexpected_state';
  return refused(message, { code, payment_intent: paymentIntentObject(intent) });
}
