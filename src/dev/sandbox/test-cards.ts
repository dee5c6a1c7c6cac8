/** What a charge of a test payment method leads to, see https://docs.stripe.com/testing. */
export type TestCard =
  | { readonly outcome: 'approved'; readonly brand: string; readonly last4: string }
  | {
      readonly outcome: 'declined';
      readonly brand: string;
      readonly last4: string;
      readonly code: string;
      readonly declineCode: string;
      readonly message: string;
    };

const DECLINED = 'Your card was declined.';

function declined(last4: string, code: string, declineCode: string, message: string): TestCard {
  return { outcome: 'declined', brand: 'visa', last4, code, declineCode, message };
}

const declines: readonly (readonly [string, TestCard])[] = [
  ['chargeDeclined', declined('0002', 'card_declined', 'generic_decline', DECLINED)],
  [
    'chargeDeclinedInsufficientFunds',
    declined('9995', 'card_declined', 'insufficient_funds', 'Your card has insufficient funds.'),
  ],
  ['chargeDeclinedLostCard', declined('9987', 'card_declined', 'lost_card', DECLINED)],
  ['chargeDeclinedStolenCard', declined('9979', 'card_declined', 'stolen_card', DECLINED)],
  ['chargeDeclinedFraudulent', declined('0019', 'card_declined', 'fraudulent', DECLINED)],
  ['chargeDeclinedExpiredCard', declined('0069', 'expired_card', 'expired_card', 'Your card has expired.')],
  [
    'chargeDeclinedIncorrectCvc',
    declined('0127', 'incorrect_cvc', 'incorrect_cvc', "Your card's security code is incorrect."),
  ],
  [
    'chargeDeclinedProcessingError',
    declined(
      '0119',
      'processing_error',
      'processing_error',
      'An error occurred while processing your card. Try again in a little bit.',
    ),
  ],
  [
    'authenticationRequired',
    declined(
      '3184',
      'authentication_required',
      'authentication_required',
      'Your card was declined. This transaction requires authentication.',
    ),
  ],
];

const cards = new Map<string, TestCard>([
  ['pm_card_visa', { outcome: 'approved', brand: 'visa', last4: '4242' }],
  ['pm_card_mastercard', { outcome: 'approved', brand: 'mastercard', last4: '4444' }],
  ['pm_card_amex', { outcome: 'approved', brand: 'amex', last4: '8431' }],
  // Stripe spells some of them with the brand and some without; both are understood.
  ...declines.flatMap(([name, card]): [string, TestCard][] => [
    [`pm_card_${name}`, card],
    [`pm_card_visa_${name}`, card],
  ]),
]);

/** The card behind a test payment method, or undefined for a name that Stripe would not know. */
export function findTestCard(paymentMethod: string): TestCard | undefined {
  return cards.get(paymentMethod);
}

/**
 * Whether the payment method was charged before without belonging to a customer, so that it cannot be charged
 * again. Stripe's own test cards have none such, as each use makes a new payment method of them: the sandbox
 * takes every id that begins with `pm_used_` for one.
 */
export function wasUsedWithoutCustomer(paymentMethod: string): boolean {
  return paymentMethod.startsWith('pm_used_');
}
