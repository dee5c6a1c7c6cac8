import type { Money } from '../money.js';

/** Stripe's minimum amounts in the currencies of the drills, in minor units. */
const MIN_CHARGE_AMOUNTS: Readonly<Record<string, number>> = { EUR: 50, USD: 50 };

/** A method that was used without a customer, by the sandbox's naming. */
export const USED_UP_CARD = 'pm_used_visa';

/** Whether the gateway refuses to charge so little. */
export function isTooSmall({ amount, currency }: Money): boolean {
  return amount < (MIN_CHARGE_AMOUNTS[currency] ?? 0);
}

/**
 * The failure code if the gateway refuses such an order for good; undefined if it does not.
 * @param paymentMethod if absent, one that can be used
 */
export function refusalOf(total: Money, paymentMethod?: string): string | undefined {
  if (isTooSmall(total)) return 'amount_too_small';
  // The gateway gives no code here, so the order system gives its own.
  return paymentMethod === USED_UP_CARD ? 'payment_refused' : undefined;
}
