import type { ChargeFailure, Dispute, Intent, Refund } from '../state/records.js';
import type { StripeErrorFields } from './errors.js';
import { findTestCard } from './test-cards.js';

export function isLive(intent: Intent): boolean {
  return intent.livemode ?? false;
}

/** The PaymentIntent object of Stripe's API. */
export function paymentIntentObject(intent: Intent): object {
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
    next_action: null,
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

/** The card error, in the response and in the intent. */
export function failureObject(failure: ChargeFailure): StripeErrorFields {
  const card = findTestCard(failure.paymentMethod);
  return {
    type: 'card_error',
    code: failure.code,
    decline_code: failure.declineCode,
    message: failure.message,
    charge: failure.charge,
    payment_method: {
      id: failure.paymentMethod,
      object: 'payment_method',
      type: 'card',
      card: { brand: card?.brand ?? null, last4: card?.last4 ?? null },
      livemode: false,
    },
  };
}

/** The Charge object of a paid intent, for the event `charge.refunded`. */
export function chargeObject(intent: Intent): object {
  return {
    id: intent.latestCharge,
    object: 'charge',
    amount: intent.amount,
    amount_captured: intent.amountReceived,
    amount_refunded: intent.amountRefunded,
    captured: true,
    created: intent.created,
    currency: intent.currency,
    disputed: intent.dispute !== undefined,
    livemode: isLive(intent),
    metadata: intent.metadata,
    paid: true,
    payment_intent: intent.id,
    payment_method: intent.paymentMethod,
    refunded: intent.amountRefunded === intent.amountReceived,
    status: 'succeeded',
  };
}

/** The Dispute object of Stripe's API. */
export function disputeObject(dispute: Dispute, intent: Intent): object {
  return {
    id: dispute.id,
    object: 'dispute',
    amount: intent.amountReceived,
    balance_transactions: [],
    charge: intent.latestCharge,
    created: dispute.created,
    currency: intent.currency,
    evidence: {},
    evidence_details: { due_by: null, has_evidence: false, past_due: false, submission_count: 0 },
    is_charge_refundable: false,
    livemode: isLive(intent),
    metadata: {},
    payment_intent: intent.id,
    reason: 'fraudulent',
    status: dispute.status,
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
