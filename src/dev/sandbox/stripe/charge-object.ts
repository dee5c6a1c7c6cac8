import type { Stripe } from 'stripe';
import type { ChargeFailure, Intent } from '../state/records.js';
import { isLive } from './objects.js';
import { findTestCard } from './test-cards.js';

/**
 * The Charge object of Stripe's API, for an intent's latest charge. Its `disputed` stays true whatever becomes of the
 * dispute.
 *
 * @param id the latest charge's
 */
export function chargeObject(intent: Intent, id: string): Stripe.Charge {
  const { amountReceived, amountRefunded } = intent;
  const failure = failureOf(intent);
  const paymentMethod = failure?.paymentMethod ?? intent.paymentMethod;
  return {
    id,
    object: 'charge',
    amount: intent.amount,
    amount_captured: amountReceived,
    amount_refunded: amountRefunded,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    billing_details: { address: null, email: null, name: null, phone: null, tax_id: null },
    calculated_statement_descriptor: null,
    captured: failure === null,
    created: intent.charge?.created ?? intent.created,
    currency: intent.currency,
    customer: null,
    description: intent.description,
    disputed: intent.dispute !== undefined,
    failure_balance_transaction: null,
    failure_code: failure?.code ?? null,
    failure_message: failure?.message ?? null,
    fraud_details: {},
    livemode: isLive(intent),
    metadata: intent.charge?.metadata ?? intent.metadata,
    on_behalf_of: null,
    outcome: outcomeOf(failure),
    paid: failure === null,
    payment_intent: intent.id,
    payment_method: paymentMethod,
    payment_method_details: paymentMethod === null ? null : methodDetails(paymentMethod, intent),
    receipt_email: intent.receiptEmail,
    receipt_number: null,
    receipt_url: null,
    refunded: failure === null && amountRefunded === amountReceived,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: intent.statementDescriptor,
    statement_descriptor_suffix: intent.statementDescriptorSuffix,
    status: failure === null ? 'succeeded' : 'failed',
    transfer_data: null,
    transfer_group: null,
  };
}

/** The intent's own last failure may be a later one than its latest charge's. */
function failureOf({ status, charge, lastFailure }: Intent): ChargeFailure | null {
  if (status === 'succeeded') return null;
  if (charge?.failure !== undefined) return charge.failure;
  return lastFailure !== null && 'charge' in lastFailure ? lastFailure : null;
}

function methodDetails(
  paymentMethod: string,
  { amount, charge }: Intent,
): Stripe.Charge.PaymentMethodDetails {
  const { brand = null, last4 = null } = findTestCard(paymentMethod) ?? {};
  return {
    type: 'card',
    card: {
      ...{ brand, last4, network: brand, country: 'US', funding: 'credit', exp_month: 12, exp_year: 2034 },
      amount_authorized: amount,
      authorization_code: null,
      checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: 'pass' },
      electronic_commerce_indicator: null,
      installments: null,
      mandate: null,
      network_transaction_id: null,
      regulated_status: 'unregulated',
      three_d_secure: charge?.authenticated === true ? AUTHENTICATED : null,
      transaction_link_id: null,
      wallet: null,
    },
  };
}

const AUTHENTICATED: Stripe.Charge.PaymentMethodDetails.Card.ThreeDSecure = {
  authentication_flow: 'challenge',
  electronic_commerce_indicator: null,
  exemption_indicator: null,
  result: 'authenticated',
  result_reason: null,
  transaction_id: null,
  version: '2.2.0',
};

function outcomeOf(failure: ChargeFailure | null): Stripe.Charge.Outcome {
  const advice = { advice_code: null, network_advice_code: null, network_decline_code: null };
  if (failure === null) {
    return {
      ...advice,
      network_status: 'approved_by_network',
      reason: null,
      risk_level: 'normal',
      seller_message: 'Payment complete.',
      type: 'authorized',
    };
  }
  return {
    ...advice,
    network_status: 'declined_by_network',
    reason: failure.declineCode,
    risk_level: 'normal',
    seller_message: `The bank returned the decline code \`${failure.declineCode}\`.`,
    type: 'issuer_declined',
  };
}
