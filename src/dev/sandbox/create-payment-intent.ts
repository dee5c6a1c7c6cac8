import type { Books } from './books.js';
import {
  chargeCard,
  CONFIRM_PARAMETERS,
  MISSING_PAYMENT_METHOD,
  readConfirmOptions,
  requireUsablePaymentMethod,
  requireReturnUrl,
} from './charging.js';
import { requireChargeable } from './currencies.js';
import type { FormRecord } from './form-body.js';
import { newIdentifier } from './identifiers.js';
import {
  acceptOnly,
  flag,
  metadata,
  optionalChoice,
  optionalInteger,
  optionalList,
  optionalRecord,
  optionalText,
  requiredText,
} from './parameters.js';
import type { Intent, Outcome } from './records.js';
import { invalidParameter } from './stripe-error.js';
import { paymentIntentObject } from './stripe-objects.js';

const CREATE_PARAMETERS = new Set([
  ...CONFIRM_PARAMETERS,
  'amount',
  'currency',
  'confirm',
  'metadata',
  'description',
  'statement_descriptor',
  'statement_descriptor_suffix',
  'allowed_payment_method_types',
  'payment_method_types',
  'automatic_payment_methods',
  'capture_method',
  'confirmation_method',
]);

/** Checks a create request, and returns the work still to be done. */
export function createPaymentIntent(books: Books, form: FormRecord): () => Outcome {
  acceptOnly(form, CREATE_PARAMETERS);
  const draft = readDraft(form);
  const paymentMethod = optionalText(form, 'payment_method');
  const returnUrl = optionalText(form, 'return_url');
  const confirm = flag(form, 'confirm');
  readConfirmOptions(form);
  if (confirm && paymentMethod === undefined) {
    throw invalidParameter(MISSING_PAYMENT_METHOD, 'payment_method', 'parameter_missing');
  }
  return () => {
    if (paymentMethod !== undefined) requireUsablePaymentMethod(paymentMethod);
    const id = newIdentifier('pi_3', 23);
    const intent: Intent = {
      ...draft,
      id,
      clientSecret: newIdentifier(`${id}_secret_`, 25),
      created: books.creationTime(),
      status: paymentMethod === undefined ? 'requires_payment_method' : 'requires_confirmation',
      paymentMethod: paymentMethod ?? null,
    };
    const object = paymentIntentObject(intent);
    const created = { type: 'payment_intent.created', object } as const;
    if (!confirm || paymentMethod === undefined) {
      return { status: 200, body: object, intent, events: [created] };
    }
    requireReturnUrl(intent, returnUrl);
    const charged = chargeCard(intent, paymentMethod);
    return { ...charged, events: [created, ...(charged.events ?? [])] };
  };
}

type Draft = Omit<Intent, 'id' | 'clientSecret' | 'created' | 'status' | 'paymentMethod'>;

function readDraft(form: FormRecord): Draft {
  requiredText(form, 'amount');
  const amount = optionalInteger(form, 'amount', { minimum: 1, maximum: Number.MAX_SAFE_INTEGER }) ?? 0;
  const currency = requiredText(form, 'currency');
  requireChargeable(amount, currency);
  return {
    amount,
    currency,
    ...readMethods(form),
    metadata: metadata(form),
    description: optionalText(form, 'description') ?? null,
    receiptEmail: optionalText(form, 'receipt_email') ?? null,
    statementDescriptor: optionalText(form, 'statement_descriptor') ?? null,
    statementDescriptorSuffix: optionalText(form, 'statement_descriptor_suffix') ?? null,
    captureMethod:
      optionalChoice(form, 'capture_method', ['automatic', 'automatic_async']) ?? 'automatic_async',
    confirmationMethod: optionalChoice(form, 'confirmation_method', ['automatic', 'manual']) ?? 'automatic',
    latestCharge: null,
    amountReceived: 0,
    amountRefunded: 0,
    lastFailure: null,
    canceledAt: null,
    cancellationReason: null,
  };
}

/** API versions before 2026 name the list `payment_method_types`; both names are understood. */
function readMethods(
  form: FormRecord,
): Pick<Intent, 'allowedPaymentMethodTypes' | 'automaticPaymentMethods'> {
  const allowed = optionalList(form, 'allowed_payment_method_types');
  const types = optionalList(form, 'payment_method_types');
  for (const list of [allowed, types]) {
    if (list?.includes('card') === false) {
      throw invalidParameter('The sandbox takes cards only.', 'allowed_payment_method_types');
    }
  }
  const automatic = optionalRecord(form, 'automatic_payment_methods') ?? {};
  acceptOnly(automatic, new Set(['enabled', 'allow_redirects']));
  const enabled = flag(automatic, 'enabled');
  if (enabled && types !== undefined) {
    throw invalidParameter(
      'You may only specify one of these parameters: automatic_payment_methods, payment_method_types.',
    );
  }
  const allowRedirects = optionalChoice(automatic, 'allow_redirects', ['always', 'never']) ?? 'always';
  return {
    allowedPaymentMethodTypes: allowed ?? null,
    automaticPaymentMethods: enabled ? { allowRedirects } : null,
  };
}
