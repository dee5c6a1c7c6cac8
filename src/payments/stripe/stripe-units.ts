import { minorDigits } from '../../money/currencies.js';
import type { Money } from '../../orders/order.js';

/**
 * Digits after the decimal point in Stripe's amounts where they are not two. They are not ISO 4217's everywhere:
 * Stripe has no decimals for the ariary (MGA), and two for the króna (ISK) and the Ugandan shilling (UGX).
 * @see https://docs.stripe.com/currencies
 */
const STRIPE_DIGITS: Readonly<Record<string, number>> = {
  ...digits(0, 'BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF'),
  ...digits(3, 'BHD JOD KWD OMR TND'),
};

/** Stripe takes an amount in three-decimal currencies only where its last digit is 0. */
const THREE_DECIMAL_STEP = 10;

/**
 * The amount in Stripe's unit for the currency; undefined where Stripe can't take it.
 * @param money in ISO 4217's minor unit
 */
export function toStripeAmount({ amount, currency }: Money): number | undefined {
  const stripeAmount = scaled(amount, stripeDigits(currency) - minorDigits(currency));
  const isTaken = Number.isInteger(stripeAmount) && stripeAmount % stripeStep(currency) === 0;
  return isTaken ? stripeAmount : undefined;
}

/** What Stripe reports, in ISO 4217's minor unit; a fraction of it where Stripe's unit is finer. */
export function fromStripeAmount(amount: number, currency: string): Money {
  const code = currency.toUpperCase();
  return { amount: scaled(amount, minorDigits(code) - stripeDigits(code)), currency: code };
}

/** The smallest step in which Stripe takes amounts of the currency, in ISO 4217's minor unit. */
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

/** Divides by whole powers of ten, so that no binary fraction comes in. */
function scaled(amount: number, digitsMore: number): number {
  return digitsMore >= 0 ? amount * 10 ** digitsMore : amount / 10 ** -digitsMore;
}

function digits(count: number, codes: string): Record<string, number> {
  return Object.fromEntries(codes.split(' ').map((code) => [code, count]));
}
