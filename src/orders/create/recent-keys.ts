/** Half an hour's orders of a busy shop, in some MB. Whose key is forgotten pays a round trip more. */
const MAX_REMEMBERED = 20_000;

interface OrderKey {
  readonly customerId: string;
  readonly idempotencyKey: string;
}

/**
 * The keys that this process has lately seen an order under. It only says which question to ask first: a client
 * that repeats itself is answered by one read, and the statement that stores orders is left to new ones.
 */
export class RecentKeys {
  private readonly keys = new Set<string>();

  has(order: OrderKey): boolean {
    return this.keys.has(keyOf(order));
  }

  add(order: OrderKey): void {
    const key = keyOf(order);
    this.keys.delete(key);
    this.keys.add(key);
    const [oldest] = this.keys;
    if (this.keys.size > MAX_REMEMBERED && oldest !== undefined) this.keys.delete(oldest);
  }
}

/** One string for each (customer, key): a customer's id has no control characters. */
export function keyOf({ customerId, idempotencyKey }: OrderKey): string {
  return `${customerId}\n${idempotencyKey}`;
}
