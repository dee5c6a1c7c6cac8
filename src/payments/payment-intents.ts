import { STATUSES_TAKING_MONEY, STATUSES_WITH_PAYMENT } from '../orders/lifecycle.js';
import type { Database } from '../platform/database/database.js';

/** A PaymentIntent that the gateway has created for an order. */
export interface PreparedPayment {
  readonly orderId: string;
  readonly paymentIntentId: string;
}

/** One that was created in a generation of the order's payment. */
export interface CreatedPayment extends PreparedPayment {
  readonly generation: number;
}

/**
 * Stores the ids of PaymentIntents while their orders are being charged, unless another worker stored one first. Locks
 * the orders' rows: a cancellation that commits before leaves nothing stored, and one that commits after sees the id.
 * @returns the stored id for each order, in the order of the list; only that one may be confirmed. Undefined where the
 * order is no longer being charged, its payment is closed, or the customer pays again
 * @throws what the database throws
 */
export async function storePaymentIntentIds(
  database: Database,
  prepared: readonly CreatedPayment[],
): Promise<(string | undefined)[]> {
  const rows = await database.$queryRaw<PreparedPayment[]>`/* store-payment-intent */
    WITH charged AS (
      SELECT o.id, i.payment_intent_id, i.generation FROM unnest(
        ${prepared.map(({ orderId }) => orderId)}::uuid[],
        ${prepared.map(({ paymentIntentId }) => paymentIntentId)}::text[],
        ${prepared.map(({ generation }) => generation)}::int[]
      ) AS i (order_id, payment_intent_id, generation) JOIN orders o ON o.id = i.order_id
      WHERE o.status = ANY (${STATUSES_TAKING_MONEY}::order_status[]) ORDER BY o.id FOR SHARE OF o
    )
    UPDATE payments p SET payment_intent_id = coalesce(p.payment_intent_id, charged.payment_intent_id)
    FROM charged WHERE p.order_id = charged.id AND NOT p.closed AND p.generation = charged.generation
      AND p.previous_payment_intent_id IS DISTINCT FROM charged.payment_intent_id
    RETURNING p.order_id::text AS "orderId", p.payment_intent_id AS "paymentIntentId"`;
  const stored = new Map(rows.map(({ orderId, paymentIntentId }) => [orderId, paymentIntentId]));
  return prepared.map(({ orderId }) => stored.get(orderId));
}

/**
 * After the gateway refused to create the payment in a generation: no PaymentIntent id is stored from now on, so a late
 * worker that gets one created can't confirm it. Locks the order's row, like storePaymentIntentIds().
 * @returns the id that was stored before, which is then the payment that counts; null where there is none; undefined where
 * the order is no longer being charged, or the customer pays again
 * @throws what the database throws
 */
export async function closePayment(
  database: Database,
  { orderId, generation }: Omit<CreatedPayment, 'paymentIntentId'>,
): Promise<string | null | undefined> {
  const [row] = await database.$queryRaw<{ paymentIntentId: string | null }[]>`/* close-payment */
    WITH charged AS (
      SELECT id FROM orders WHERE id = ${orderId}::uuid AND status = ANY (${STATUSES_TAKING_MONEY}::order_status[]) FOR SHARE
    )
    UPDATE payments p SET closed = p.payment_intent_id IS NULL FROM charged
    WHERE p.order_id = charged.id AND p.generation = ${generation}::int
    RETURNING p.payment_intent_id AS "paymentIntentId"`;
  return row?.paymentIntentId;
}

/** A payment that an earlier order under the same key has made. */
export interface EarlierPaymentIntent extends PreparedPayment {
  /** Discrepancies whose refund was over when the payment was read: what it holds now, a bank has sent back. */
  readonly finishedRefundIds: readonly string[];
}

/**
 * The discrepancies for which money of these payments was returned.
 * @throws what the database throws
 */
export async function finishedRefunds(
  database: Database,
  paymentIntentIds: readonly string[],
): Promise<string[]> {
  const rows = await database.$queryRaw<{ id: string }[]>`/* finished-refunds */
    SELECT id::text AS id FROM payment_discrepancies
    WHERE gateway_payment_id = ANY (${paymentIntentIds}::text[]) AND state = 'RESOLVED' AND refund_by IS NOT NULL`;
  return rows.map(({ id }) => id);
}

/**
 * Stores an earlier payment as the order's own, unless it has one, and closes what is listed about it as an orphan.
 * @returns the order's stored id; being-returned where it was decided to return the money, and that refund was not over
 * when the payment was read; undefined where no task of the order is due any more, or the customer has just paid again:
 * the cancellation of a PENDING order returns nothing
 * @throws what the database throws
 */
export async function adoptPayment(
  database: Database,
  { orderId, paymentIntentId, finishedRefundIds }: EarlierPaymentIntent,
): Promise<string | undefined> {
  const [row] = await database.$queryRaw<
    { paymentIntentId: string | null; isBeingReturned: boolean }[]
  >`/* adopt-payment */
    WITH due AS (
      SELECT id FROM orders WHERE id = ${orderId}::uuid AND status = ANY (${STATUSES_WITH_PAYMENT}::order_status[]) FOR SHARE
    ), listed AS (
      SELECT id, kind, state, refund_by IS NOT NULL AND id <> ALL (${finishedRefundIds}::uuid[]) AS is_being_returned
      FROM payment_discrepancies WHERE gateway_payment_id = ${paymentIntentId}::text FOR UPDATE
    ), free AS (
      SELECT id FROM due WHERE NOT EXISTS (SELECT FROM listed WHERE is_being_returned)
    ), stored AS (
      INSERT INTO payments AS p (order_id, attempts, payment_intent_id)
      SELECT id, 0, ${paymentIntentId}::text FROM free
      ON CONFLICT (order_id) DO UPDATE
        SET payment_intent_id = coalesce(p.payment_intent_id, excluded.payment_intent_id), closed = false,
          previous_payment_intent_id = nullif(p.previous_payment_intent_id, excluded.payment_intent_id)
      RETURNING p.payment_intent_id
    ), resolved AS (
      UPDATE payment_discrepancies d SET state = 'RESOLVED', resolved_at = now(), resolved_by = 'reconciliation',
        reason = ${`The order ${orderId} under the same key took the payment over.`}::text
      FROM listed, stored
      WHERE d.id = listed.id AND listed.kind = 'ORPHAN_PAYMENT' AND listed.state = 'OPEN' AND stored.payment_intent_id = ${paymentIntentId}::text
    )
    SELECT (SELECT payment_intent_id FROM stored) AS "paymentIntentId",
      EXISTS (SELECT FROM listed WHERE is_being_returned) AS "isBeingReturned"`;
  if (row?.isBeingReturned === true) return 'being-returned';
  return row?.paymentIntentId ?? undefined;
}
