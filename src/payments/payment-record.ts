import type { Database } from '../platform/database.js';

/** What the gateway was asked for an order. */
export interface PaymentRecord {
  readonly idempotencyKey: string;
  readonly paymentIntentId: string | null;
  /** This attempt's number, from 1. */
  readonly attempt: number;
}

/** Counts a new attempt. The first one also stores the key under which the PaymentIntent is created. */
export async function beginAttempt(database: Database, orderId: string): Promise<PaymentRecord> {
  const [row] = await database.$queryRaw<PaymentRecord[]>`/* begin-attempt */
    INSERT INTO payments AS p (order_id, idempotency_key, attempts)
    VALUES (${orderId}::uuid, gen_random_uuid(), 1)
    ON CONFLICT (order_id) DO UPDATE SET attempts = p.attempts + 1
    RETURNING idempotency_key::text AS "idempotencyKey", payment_intent_id AS "paymentIntentId", attempts AS attempt`;
  if (row === undefined) throw new Error('begin-attempt answered with no row');
  return row;
}

/**
 * Stores the PaymentIntent's id, unless another worker stored one first.
 * @returns the id that is stored; only that one may be confirmed
 */
export async function storePaymentIntentId(database: Database, orderId: string, id: string): Promise<string> {
  const [row] = await database.$queryRaw<{ id: string }[]>`/* store-payment-intent */
    UPDATE payments SET payment_intent_id = coalesce(payment_intent_id, ${id})
    WHERE order_id = ${orderId}::uuid RETURNING payment_intent_id AS id`;
  if (row === undefined) throw new Error('there is no payment to store the PaymentIntent with');
  return row.id;
}

/**
 * Makes a new key where the gateway has saved an error under the old one and would only repeat it. A
 * PaymentIntent that the gateway made all the same is never confirmed: only one whose id is stored is.
 */
export async function replaceIdempotencyKey(
  database: Database,
  orderId: string,
  spentKey: string,
): Promise<void> {
  await database.$executeRaw`/* replace-idempotency-key */
    UPDATE payments SET idempotency_key = gen_random_uuid()
    WHERE order_id = ${orderId}::uuid AND idempotency_key = ${spentKey}::uuid AND payment_intent_id IS NULL`;
}
