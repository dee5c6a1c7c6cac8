import { mayTakeMoney, ORDER_STATUSES } from '../orders/lifecycle.js';
import type { Database } from '../platform/database/database.js';

/** Statuses in which a payment may be confirmed. */
const CHARGING = ORDER_STATUSES.filter(mayTakeMoney);

/** A PaymentIntent that the gateway has created for an order. */
export interface PreparedPayment {
  readonly orderId: string;
  readonly paymentIntentId: string;
}

/**
 * Stores the ids of PaymentIntents while their orders are being charged, unless another worker stored one first. Locks
 * the orders' rows: a cancellation that commits before leaves nothing stored, and one that commits after sees the id.
 * @returns the stored id for each order, in the order of the list; only that one may be confirmed. Undefined where the
 * order is no longer being charged or its payment is closed
 * @throws what the database throws
 */
export async function storePaymentIntentIds(
  database: Database,
  prepared: readonly PreparedPayment[],
): Promise<(string | undefined)[]> {
  const rows = await database.$queryRaw<PreparedPayment[]>`/* store-payment-intent */
    WITH charged AS (
      SELECT o.id, i.payment_intent_id FROM unnest(
        ${prepared.map(({ orderId }) => orderId)}::uuid[],
        ${prepared.map(({ paymentIntentId }) => paymentIntentId)}::text[]
      ) AS i (order_id, payment_intent_id) JOIN orders o ON o.id = i.order_id
      WHERE o.status = ANY (${CHARGING}::order_status[]) ORDER BY o.id FOR SHARE OF o
    )
    UPDATE payments p SET payment_intent_id = coalesce(p.payment_intent_id, charged.payment_intent_id)
    FROM charged WHERE p.order_id = charged.id AND NOT p.closed
    RETURNING p.order_id::text AS "orderId", p.payment_intent_id AS "paymentIntentId"`;
  const stored = new Map(rows.map(({ orderId, paymentIntentId }) => [orderId, paymentIntentId]));
  return prepared.map(({ orderId }) => stored.get(orderId));
}

/**
 * After the gateway refused to create the payment: no PaymentIntent id is stored from now on, so a late worker that
 * gets one created can't confirm it.
 * @returns the id that was stored before, which is then the payment that counts; undefined where there is none
 * @throws what the database throws
 */
export async function closePayment(database: Database, orderId: string): Promise<string | undefined> {
  const [row] = await database.$queryRaw<{ paymentIntentId: string | null }[]>`/* close-payment */
    UPDATE payments SET closed = payment_intent_id IS NULL WHERE order_id = ${orderId}::uuid
    RETURNING payment_intent_id AS "paymentIntentId"`;
  return row?.paymentIntentId ?? undefined;
}
