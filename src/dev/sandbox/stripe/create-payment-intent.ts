import { newIdentifier } from '../identifiers.js';
import type { Books } from '../state/books.js';
import type { Intent, Outcome } from '../state/records.js';
import { requireCard } from './charging.js';
import { CONFIRM_PARAMETERS, confirmWith, MISSING_PAYMENT_METHOD } from './confirming.js';
import { requireChargeable } from './currencies.js';
import type { FormRecord } from './form.js';
import { metadata } from './metadata.js';
import { choice, flag, hash, integer, list, readParameters, required, text } from './parameters.js';
import { invalid } from './errors.js';
import { paymentIntentObject } from './objects.js';

const PARAMETERS = {
  amount: required(integer(1)),
  currency: required(text),
  ...CONFIRM_PARAMETERS,
  confirm: flag,
  metadata,
  description: text,
  statement_descriptor: text,
  statement_descriptor_suffix: text,
  allowed_payment_method_types: list,
  // Its name in API versions before 2026.
  payment_method_types: list,
  automatic_payment_methods: hash,
  capture_method: choice('automatic', 'automatic_async'),
  confirmation_method: choice('automatic', 'manual'),
};

/** Checks a create request. @returns the execution */
export function createPaymentIntent(books: Books, form: FormRecord): () => Outcome {
  const given = readParameters(form, PARAMETERS);
  const { amount, currency, payment_method: paymentMethod } = given;
  requireChargeable(amount, currency);
  const automaticPaymentMethods = readMethods(given);
  if (given.confirm && paymentMethod === null) {
    throw invalid(MISSING_PAYMENT_METHOD, { param: 'payment_method', code: 'parameter_missing' });
  }
  return () => {
    if (paymentMethod !== null) requireCard(paymentMethod);
    const id = newIdentifier('pi_3', 23);
    const intent: Intent = {
      id,
      clientSecret: newIdentifier(`${id}_secret_`, 25),
      created: books.creationTime(),
      amount,
      currency,
      status: paymentMethod === null ? 'requires_payment_method' : 'requires_confirmation',
      metadata: given.metadata,
      metadataChangedAt: Date.now(),
      description: given.description,
      receiptEmail: given.receipt_email,
      statementDescriptor: given.statement_descriptor,
      statementDescriptorSuffix: given.statement_descriptor_suffix,
      paymentMethod,
      allowedPaymentMethodTypes: given.allowed_payment_method_types,
      automaticPaymentMethods,
      captureMethod: given.capture_method ?? 'automatic_async',
      confirmationMethod: given.confirmation_method ?? 'automatic',
      latestCharge: null,
      amountReceived: 0,
      amountRefunded: 0,
      lastFailure: null,
      canceledAt: null,
      cancellationReason: null,
    };
    const object = paymentIntentObject(intent, books);
    const event = { type: 'payment_intent.created', object } as const;
    if (!given.confirm || paymentMethod === null) {
      return { status: 200, body: object, intent, events: [event] };
    }
    const confirmed = confirmWith(books, intent, paymentMethod, given);
    return { ...confirmed, events: [event, ...(confirmed.events ?? [])] };
  };
}

function readMethods(given: {
  readonly allowed_payment_method_types: string[] | null;
  readonly payment_method_types: string[] | null;
  readonly automatic_payment_methods: FormRecord | null;
}): Intent['automaticPaymentMethods'] {
  for (const types of [given.allowed_payment_method_types, given.payment_method_types]) {
    if (types?.includes('card') === false) {
      throw invalid('The sandbox takes cards only.', { param: 'allowed_payment_method_types' });
    }
  }
  const automatic = readParameters(given.automatic_payment_methods ?? {}, {
    enabled: flag,
    allow_redirects: choice('always', 'never'),
  });
  if (!automatic.enabled) return null;
  if (given.payment_method_types !== null) {
    throw invalid(
      'You may only specify one of these parameters: automatic_payment_methods, payment_method_types.',
    );
  }
  return { allowRedirects: automatic.allow_redirects ?? 'always' };
}
