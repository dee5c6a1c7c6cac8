/** The outcome of charging a test payment method, see https://docs.stripe.com/testing. */
export interface TestCard {
  readonly brand: string;
  readonly last4: string;
  /** undefined where the charge succeeds */
  readonly decline?: { readonly code: string; readonly declineCode: string; readonly message: string };
}

const DECLINED = 'Your card was declined.';

/** Name, last four digits, decline code and message. */
const DECLINES = [
  ['chargeDeclined', '0002', 'generic_decline', DECLINED],
  ['chargeDeclinedInsufficientFunds', '9995', 'insufficient_funds', 'Your card has insufficient funds.'],
  ['chargeDeclinedLostCard', '9987', 'lost_card', DECLINED],
  ['chargeDeclinedStolenCard', '9979', 'stolen_card', DECLINED],
  ['chargeDeclinedFraudulent', '0019', 'fraudulent', DECLINED],
  ['chargeDeclinedExpiredCard', '0069', 'expired_card', 'Your card has expired.'],
  ['chargeDeclinedIncorrectCvc', '0127', 'incorrect_cvc', "Your card's security code is incorrect."],
  [
    'chargeDeclinedProcessingError',
    '0119',
    'processing_error',
    'An error occurred while processing your card. Try again in a little bit.',
  ],
  [
    'authenticationRequired',
    '3184',
    'authentication_required',
    'Your card was declined. This transaction requires authentication.',
  ],
] as const;
/** For these, `code` is the decline code; for all others it is `card_declined`. */
const OWN_CODES = ['expired_card', 'incorrect_cvc', 'processing_error', 'authentication_required'];

const cards = new Map<string, TestCard>([
  ['pm_card_visa', { brand: 'visa', last4: '4242' }],
  ['pm_card_mastercard', { brand: 'mastercard', last4: '4444' }],
  ['pm_card_amex', { brand: 'amex', last4: '8431' }],
]);

for (const [name, last4, declineCode, message] of DECLINES) {
  const code = OWN_CODES.includes(declineCode) ? declineCode : 'card_declined';
  const card = { brand: 'visa', last4, decline: { code, declineCode, message } };
  // Stripe's names have the brand in some cases; both spellings are accepted.
  cards.set(`pm_card_${name}`, card).set(`pm_card_visa_${name}`, card);
}

/** The card of a test payment method, or undefined for an unknown one. */
export function findTestCard(paymentMethod: string): TestCard | undefined {
  return cards.get(paymentMethod);
}

/**
 * Whether the payment method was charged before without a customer, so that it cannot be charged again. Stripe has no
 * test card for this, since each use creates a new payment method; in the sandbox it is every id with the prefix
 * `pm_used_`.
 */
export function wasUsedWithoutCustomer(paymentMethod: string): boolean {
  return paymentMethod.startsWith('pm_used_');
}
