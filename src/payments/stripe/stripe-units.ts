import { minorDigits } from '../../money/currencies.js';
import type { Money } from '../../orders/order.js';

/**
 * Decimal digits of Stripe's amounts where they are not two. They differ from ISO 4217 for some currencies: MGA has
 * none, ISK and UGX have two.
 * @see https://docs.stripe.com/currencies
 */
const STRIPE_DIGITS: Readonly<Record<string, number>> = {
  ...withDigits(0, 'BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF'),
  ...withDigits(3, 'BHD JOD KWD OMR TND'),
};

/** In three-decimal currencies, the last digit of an amount must be 0. */
const THREE_DECIMAL_STEP = 10;

/**
 * @param money in ISO 4217's minor unit
 * @returns the amount in Stripe's unit; undefined where Stripe can't charge it
 */
export function toStripeAmount({ amount, currency }: Money): number | undefined {
  const stripeAmount = scaled(amount, stripeDigits(currency) - minorDigits(currency));
  const isChargeable = Number.isInteger(stripeAmount) && stripeAmount % stripeStep(currency) === 0;
  return isChargeable ? stripeAmount : undefined;
}

/** @returns ISO 4217's minor unit; a fraction where Stripe's unit is smaller */
export function fromStripeAmount(amount: number, currency: string): Money {
  const code = currency.toUpperCase();
  return { amount: scaled(amount, minorDigits(code) - stripeDigits(code)), currency: code };
}

/** The smallest step between chargeable amounts, in ISO 4217's minor unit. */
export function chargeStep(currency: string): number {
  return Math.max(1, scaled(stripeStep(currency), minorDigits(currency) - stripeDigits(currency)));
}

/** In Stripe's unit. */
function stripeStep(currency: string): number {
  return stripeDigits(currency) === 3 ? THREE_DECIMAL_STEP : 1;
}

function stripeDigits(currency: string): number {
  return STRIPE_DIGITS[currency] ?? 2;
}

/** Divides by a whole power of ten, since 10 ** -n has no exact binary form. */
function scaled(amount: number, digits: number): number {
  return digits >= 0 ? amount * 10 ** digits : amount / 10 ** -digits;
}

function withDigits(count: number, codes: string): Record<string, number> {
  return Object.fromEntries(codes.split(' ').map((code) => [code, count]));
}
