export interface Product {
  readonly sku: string;
  readonly name: string;
  readonly price: { readonly amount: number; readonly currency: string };
  readonly active: boolean;
}

/**
 * One sentence for the audit log: what changes, from what to what. Undefined where nothing does.
 * @param before undefined where there is no such product yet
 */
export function changesOf(before: Product | undefined, after: Product): string | undefined {
  const now = described(after);
  if (before === undefined)
    return `Created with ${now.map(({ what, value }) => `${what} ${value}`).join(', ')}.`;
  const old = described(before);
  const changes = now.flatMap(({ what, value }, index) => {
    const from = old[index]?.value;
    return from === value ? [] : [`${what} from ${from ?? 'nothing'} to ${value}`];
  });
  return changes.length === 0 ? undefined : `Changed ${changes.join(', ')}.`;
}

/** Names are escaped, so that none of them can look like the rest of the sentence. */
function described({ name, price, active }: Product): { readonly what: string; readonly value: string }[] {
  return [
    { what: 'name', value: JSON.stringify(name) },
    { what: 'price (in minor units)', value: `${price.amount} ${price.currency}` },
    { what: 'active', value: String(active) },
  ];
}
