/**
 * The largest total that an order may have, in the currency's minor unit: what the payment gateway takes at once,
 * eight digits of its own unit.
 * @see https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts
 */
const MAX_TOTAL = 99_999_999;

/** The gateway counts these in hundredths, which they don't have. */
const MAX_TOTALS: Readonly<Record<string, number>> = { ISK: 999_999, UGX: 999_999 };

export function maxTotal(currency: string): number {
  return MAX_TOTALS[currency] ?? MAX_TOTAL;
}

/** The currencies whose largest total is not the usual one, for a statement that compares many orders. */
export const SPECIAL_MAX_TOTALS = Object.entries(MAX_TOTALS);
