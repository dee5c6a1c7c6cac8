import type { CreateOrder, FinalOrder, RunFacts } from '../evidence.js';

type Lines = readonly { readonly sku: string; readonly quantity: number }[];

/** Inputs of equal meaning have equal texts: the order of the lines doesn't count, everything else does. */
export function meaningOf({ items, paymentMethod, expectedTotal }: CreateOrder): string {
  const total = expectedTotal === undefined ? null : [expectedTotal.amount, expectedTotal.currency];
  return JSON.stringify([linesOf(items), paymentMethod, total]);
}

/** Lines as one text, whatever their order. */
export function linesOf(items: Lines): string {
  return JSON.stringify(items.map(({ sku, quantity }) => `${sku} × ${quantity}`).sort());
}

/** Whether this input can have created the stored order. */
export function couldMake(input: CreateOrder, { items, total }: FinalOrder): boolean {
  const { expectedTotal } = input;
  return (
    input.intent !== 'invalid' &&
    linesOf(input.items) === linesOf(items) &&
    (expectedTotal === undefined ||
      (expectedTotal.amount === total.amount && expectedTotal.currency === total.currency))
  );
}

/** The total of the input; undefined if one of its products can't be ordered. */
export function totalAt(
  { items }: CreateOrder,
  prices: RunFacts['prices'],
): { readonly amount: number; readonly currency: string } | undefined {
  let total: { readonly amount: number; readonly currency: string } | undefined;
  for (const { sku, quantity } of items) {
    const price = prices[sku];
    if (price?.active !== true) return undefined;
    total = { amount: (total?.amount ?? 0) + price.amount * quantity, currency: price.currency };
  }
  return total;
}
