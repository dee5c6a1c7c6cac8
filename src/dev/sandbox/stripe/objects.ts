import type { Books } from '../state/books.js';
import type { ChargeFailure, Intent, PaymentFailure, Refund } from '../state/records.js';
import type { StripeErrorFields } from './errors.js';
import { findTestCard } from './test-cards.js';

export function isLive(intent: Intent): boolean {
  return intent.livemode ?? false;
}

/** The PaymentIntent object of Stripe's API. */
export function paymentIntentObject(intent: Intent, books: Books): object {
  return {
    id: intent.id,
    object: 'payment_intent',
    allowed_payment_method_types: intent.allowedPaymentMethodTypes,
    amount: intent.amount,
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: intent.amountReceived,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods:
      intent.automaticPaymentMethods === null
        ? null
        : { allow_redirects: intent.automaticPaymentMethods.allowRedirects, enabled: true },
    canceled_at: intent.canceledAt,
    cancellation_reason: intent.cancellationReason,
    capture_method: intent.captureMethod,
    client_secret: intent.clientSecret,
    confirmation_method: intent.confirmationMethod,
    created: intent.created,
    currency: intent.currency,
    customer: null,
    customer_account: null,
    description: intent.description,
    excluded_payment_method_types: null,
    last_payment_error: intent.lastFailure === null ? null : failureObject(intent.lastFailure),
    latest_charge: intent.latestCharge,
    livemode: isLive(intent),
    managed_payments: null,
    metadata: intent.metadata,
    next_action: nextAction(intent, books.publicUrl()),
    on_behalf_of: null,
    payment_method: intent.paymentMethod,
    payment_method_configuration_details: null,
    payment_method_options: {},
    payment_method_types: ['card'],
    payment_record: null,
    processing: null,
    receipt_email: intent.receiptEmail,
    review: null,
    setup_future_usage: null,
    shipping: null,
    source: null,
    statement_descriptor: intent.statementDescriptor,
    statement_descriptor_suffix: intent.statementDescriptorSuffix,
    status: intent.status,
    transfer_data: null,
    transfer_group: null,
  };
}

/**
 * Always a redirect to the bank's page. With `use_stripe_sdk`, Stripe gives an action of the type `use_stripe_sdk`, which
 * only its own scripts understand.
 */
function nextAction({ id, clientSecret, status, authentication }: Intent, publicUrl: string): object | null {
  if (status !== 'requires_action' || authentication === undefined) return null;
  const url = publicUrl + bankPath(id, clientSecret);
  return { type: 'redirect_to_url', redirect_to_url: { return_url: authentication.returnUrl, url } };
}

/** The path of the bank's page for an intent. */
export function bankPath(id: string, clientSecret: string): string {
  return `/bank/${id}?client_secret=${clientSecret}`;
}

/** The error of a failed payment, in the response and in the intent. */
export function failureObject(failure: PaymentFailure | ChargeFailure): StripeErrorFields {
  const card = findTestCard(failure.paymentMethod);
  const isOfCharge = 'charge' in failure;
  return {
    type: isOfCharge ? 'card_error' : 'invalid_request_error',
    code: failure.code,
    ...(isOfCharge ? { charge: failure.charge, decline_code: failure.declineCode } : {}),
    message: failure.message,
    payment_method: {
      id: failure.paymentMethod,
      object: 'payment_method',
      type: 'card',
      card: { brand: card?.brand ?? null, last4: card?.last4 ?? null },
      livemode: false,
    },
  };
}

/** The Refund object of Stripe's API. */
export function refundObject(refund: Refund): object {
  return {
    id: refund.id,
    object: 'refund',
    amount: refund.amount,
    balance_transaction: null,
    charge: refund.charge,
    created: refund.created,
    currency: refund.currency,
    ...(refund.failed === true ? { failure_reason: 'expired_or_canceled_card' } : {}),
    metadata: refund.metadata,
    payment_intent: refund.paymentIntent,
    reason: refund.reason,
    receipt_number: null,
    source_transfer_reversal: null,
    status: refund.failed === true ? 'failed' : 'succeeded',
    transfer_reversal: null,
  };
}
