import type { Money } from '../orders/order.js';

/**
 * Why a payment is not the order's: what it is for, or what was received, is another amount or currency. One
 * sentence for operators; undefined where everything fits.
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
