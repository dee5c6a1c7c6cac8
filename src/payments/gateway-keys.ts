/** What an idempotency key is derived from, besides the order key. */
export interface KeyParts {
  /** Grows only when the gateway has said that the payment before can never succeed. */
  readonly generation: number;
  /** How many keys of this generation the gateway has answered with a saved error. */
  readonly keyNumber: number;
}

/**
 * The gateway's idempotency key for creating an order's payment. Derived, so that a database that has lost its newest
 * commits asks under the same keys again, and gets the same answers: a payment is made once even where its row was lost.
 * @param orderKey the hash of customer and idempotency key
 */
export function chargeKey(orderKey: string, { generation, keyNumber }: KeyParts): string {
  return `charge-${orderKey}-${generation}-${keyNumber}`;
}

/** The gateway's idempotency key for taking a payment: one for each attempt, since a saved error would be repeated. */
export function confirmKey(paymentIntentId: string, attempt: number): string {
  return `confirm-${paymentIntentId}-${attempt}`;
}

/**
 * The gateway's idempotency key for returning a payment, whoever returns it. Safe to change after a saved error: no more
 * is returned than was paid, whatever the key.
 */
export function refundKey(paymentIntentId: string, keyNumber: number): string {
  return `refund-${paymentIntentId}-${keyNumber}`;
}
