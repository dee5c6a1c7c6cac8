import type { Money } from '../orders/order.js';

/**
 * Compares a payment's total, and what was received, with the order's total and currency.
 * @returns one sentence for operators; undefined where they match
 */
export function amountMismatch(
  order: Money,
  payment: { readonly total: Money; readonly received?: Money },
): string | undefined {
  const other = [payment.total, payment.received ?? order].find(
    ({ amount, currency }) => amount !== order.amount || currency !== order.currency,
  );
  if (other === undefined) return undefined;
  const shown = ({ amount, currency }: Money) => `${amount} ${currency}`;
  return `The payment gateway reports ${shown(other)} for an order of ${shown(order)} (minor units).`;
}
