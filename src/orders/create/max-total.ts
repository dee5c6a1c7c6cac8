/**
 * The maximum total of an order in the currency's minor unit: Stripe takes amounts of up to eight digits.
 * @see https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
 */
const MAX_TOTAL = 99_999_999;

/** Stripe counts these in hundredths, but they have no minor unit. */
const MAX_TOTALS: Readonly<Record<string, number>> = { ISK: 999_999, UGX: 999_999 };

export function maxTotal(currency: string): number {
  return MAX_TOTALS[currency] ?? MAX_TOTAL;
}

/** For SQL: the currencies with a maximum of their own. */
export const SPECIAL_MAX_TOTALS = Object.entries(MAX_TOTALS);
