/** Why a bank declines a charge. */
export interface Decline {
  readonly code: string;
  readonly declineCode: string;
  readonly message: string;
}

/** The outcome of charging a test payment method, see https://docs.stripe.com/testing. */
export interface TestCard {
  readonly brand: string;
  readonly last4: string;
  /** which payments need the customer's authentication; by default none */
  readonly authentication?: 'all' | 'on-session';
  /** undefined where the charge succeeds */
  readonly decline?: Decline;
}

const DECLINED = 'Your card was declined.';
const NO_FUNDS = 'Your card has insufficient funds.';

/** For these, `code` is the decline code; for all others it is `card_declined`. */
const OWN_CODES = ['expired_card', 'incorrect_cvc', 'processing_error', 'authentication_required'];

/** Name, last four digits, decline code and message. */
const DECLINES = [
  ['chargeDeclined', '0002', 'generic_decline', DECLINED],
  ['chargeDeclinedInsufficientFunds', '9995', 'insufficient_funds', NO_FUNDS],
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
] as const;

/** The decline of a payment that needs the customer's authentication, where the customer cannot be asked. */
export const AUTHENTICATION_REQUIRED = declineOf(
  'authentication_required',
  'Your card was declined. This transaction requires authentication.',
);

/**
 * Name, last four digits, the payments that need an authentication, and the decline after it. A card cannot be set up
 * for later payments here, as the sandbox has no customers.
 */
const WITH_AUTHENTICATION = [
  ['threeDSecure2Required', '3220', 'all', undefined],
  ['threeDSecureRequiredChargeDeclined', '1629', 'all', declineOf('generic_decline', DECLINED)],
  ['authenticationRequired', '3184', 'all', undefined],
  ['authenticationRequiredOnSetup', '3155', 'all', undefined],
  ['authenticationRequiredSetupForOffSession', '0446', 'on-session', undefined],
  [
    'authenticationRequiredChargeDeclinedInsufficientFunds',
    '3178',
    'on-session',
    declineOf('insufficient_funds', NO_FUNDS),
  ],
] as const;

const cards = new Map<string, TestCard>([
  ['pm_card_visa', { brand: 'visa', last4: '4242' }],
  ['pm_card_mastercard', { brand: 'mastercard', last4: '4444' }],
  ['pm_card_amex', { brand: 'amex', last4: '8431' }],
  // They support authentication, or do not; no payment needs it.
  ['pm_card_threeDSecureOptional', { brand: 'visa', last4: '3055' }],
  ['pm_card_amex_threeDSecureNotSupported', { brand: 'amex', last4: '0005' }],
]);

for (const [name, last4, declineCode, message] of DECLINES) {
  addVisa(name, { brand: 'visa', last4, decline: declineOf(declineCode, message) });
}
for (const [name, last4, authentication, decline] of WITH_AUTHENTICATION) {
  addVisa(name, { brand: 'visa', last4, authentication, ...(decline === undefined ? {} : { decline }) });
}

/** Stripe's names have the brand in some cases; both spellings are accepted. */
function addVisa(name: string, card: TestCard): void {
  cards.set(`pm_card_${name}`, card).set(`pm_card_visa_${name}`, card);
}

function declineOf(declineCode: string, message: string): Decline {
  return { code: OWN_CODES.includes(declineCode) ? declineCode : 'card_declined', declineCode, message };
}

/** The card of a test payment method, or undefined for an unknown one. */
export function findTestCard(paymentMethod: string): TestCard | undefined {
  return cards.get(paymentMethod);
}

/** Whether a payment with this card needs the customer. @param offSession whether the customer is away */
export function needsAuthentication({ authentication }: TestCard, offSession: boolean): boolean {
  return authentication === 'all' || (authentication === 'on-session' && !offSession);
}

/**
 * Whether the payment method was charged before without a customer, so that it cannot be charged again. Stripe has no
 * test card for this, since each use creates a new payment method; in the sandbox it is every id with the prefix
 * `pm_used_`.
 */
export function wasUsedWithoutCustomer(paymentMethod: string): boolean {
  return paymentMethod.startsWith('pm_used_');
}
