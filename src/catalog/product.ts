export interface Product {
  readonly sku: string;
  readonly name: string;
  readonly price: { readonly amount: number; readonly currency: string };
  readonly active: boolean;
}

/**
 * Describes a change for the audit log, with old and new values, in one sentence.
 * @param before undefined for a new product
 * @returns undefined where nothing changes
 */
export function describeChange(before: Product | undefined, after: Product): string | undefined {
  const newAttributes = attributesOf(after);
  if (before === undefined)
    return `Created with ${newAttributes.map(({ name, value }) => `${name} ${value}`).join(', ')}.`;
  const oldAttributes = attributesOf(before);
  const changes = newAttributes.flatMap(({ name, value }, index) => {
    const from = oldAttributes[index]?.value;
    return from === value ? [] : [`${name} from ${from ?? 'nothing'} to ${value}`];
  });
  return changes.length === 0 ? undefined : `Changed ${changes.join(', ')}.`;
}

/** Product names are quoted and escaped, so that a name can't imitate the rest of the sentence. */
function attributesOf({ name, price, active }: Product): { readonly name: string; readonly value: string }[] {
  return [
    { name: 'name', value: JSON.stringify(name) },
    { name: 'price (in minor units)', value: `${price.amount} ${price.currency}` },
    { name: 'active', value: String(active) },
  ];
}
