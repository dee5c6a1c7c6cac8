import { Prisma } from '../generated/prisma/client.js';
import type { OrderStatus } from '../orders/lifecycle.js';
import type { Database } from '../platform/database/database.js';

/** An order with all that its tasks need. */
export interface WorkOrder {
  readonly id: string;
  readonly status: OrderStatus;
  readonly version: number;
  /** The hash of customer and idempotency key: the order's name at the gateway, which a repeated order shares. */
  readonly orderKey: string;
  /** Minor unit of the currency. */
  readonly amount: number;
  readonly currency: string;
  readonly paymentMethod: string;
  /** A payment that failed before the customer paid again; null once it can never succeed. */
  readonly previousPaymentIntentId: string | null;
  /** Set by the first charge attempt, once the gateway has created the PaymentIntent. */
  readonly paymentIntentId: string | null;
  /** The gateway has refused to create the PaymentIntent. */
  readonly paymentIsClosed: boolean;
  readonly chargeAttempts: number;
  readonly refundAttempts: number;
  /** The order's events already say that the money is on its way back. */
  readonly refundIsPending: boolean;
  /** Time until the order is due for recovery, in ms, by the database's clock; 0 if overdue or at rest. */
  readonly recoverInMs: number;
  /** The time itself, for a comparison; null at rest. */
  readonly recoverAfter: string | null;
  /** Time that the customer still has to authenticate the payment, in ms; negative if it is up. Null without a limit. */
  readonly actionRemainingMs: number | null;
  /** The order has an open dead letter. */
  readonly waitsForOperator: boolean;
  /** Payments of lost orders with this order key; empty where the order's own payment is stored. */
  readonly orphanPaymentIds: readonly string[];
  /** Of the database's marker, see rewind/database-history.ts. */
  readonly beat: number;
  /** Time since the beat was written, in ms, by the database's clock. */
  readonly beatAgeMs: number;
  /** Time since it was found that commits may be lost, in ms; null where none are, or where the gap is covered. */
  readonly gapAgeMs: number | null;
}

/** SHA-256 in hex; neither part can contain a line break. */
const ORDER_KEY = Prisma.sql`encode(sha256(convert_to(o.customer_id || E'\\n' || o.idempotency_key, 'UTF8')), 'hex')`;

/** The columns of a WorkOrder, for a statement over WORK_ORDER_TABLES. */
export const WORK_ORDER_COLUMNS = Prisma.sql`o.id::text AS id, o.status, o.version, k.order_key AS "orderKey", o.total_amount AS amount,
      o.currency::text AS currency, coalesce(p.payment_method, o.payment_method) AS "paymentMethod",
      p.previous_payment_intent_id AS "previousPaymentIntentId", p.payment_intent_id AS "paymentIntentId",
      coalesce(p.closed, false) AS "paymentIsClosed", coalesce(p.attempts, 0) AS "chargeAttempts",
      coalesce(r.attempts, 0) AS "refundAttempts", r.pending_since IS NOT NULL AS "refundIsPending",
      greatest(0, extract(epoch FROM o.recover_after - now()) * 1000)::int AS "recoverInMs",
      o.recover_after::text AS "recoverAfter",
      extract(epoch FROM p.action_expires_at - now())::float8 * 1000 AS "actionRemainingMs",
      EXISTS (SELECT FROM dead_letters d WHERE d.order_id = o.id AND d.state = 'OPEN') AS "waitsForOperator",
      CASE WHEN p.payment_intent_id IS NULL THEN ARRAY(
        SELECT d.gateway_payment_id FROM payment_discrepancies d WHERE d.order_key = k.order_key
      ) ELSE '{}' END AS "orphanPaymentIds",
      m.beat::float8 AS beat, extract(epoch FROM now() - m.beat_at)::float8 * 1000 AS "beatAgeMs",
      extract(epoch FROM now() - m.gap_found_at)::float8 * 1000 AS "gapAgeMs"`;
export const WORK_ORDER_TABLES = Prisma.sql`orders o LEFT JOIN payments p ON p.order_id = o.id
      LEFT JOIN refunds r ON r.order_id = o.id CROSS JOIN database_marker m
      CROSS JOIN LATERAL (SELECT ${ORDER_KEY} AS order_key) k`;

/** @returns one entry for each id, in the order of the ids; undefined where there is no such order */
export async function loadWorkOrders(
  database: Database,
  orderIds: readonly string[],
): Promise<(WorkOrder | undefined)[]> {
  const orders = await database.$queryRaw<WorkOrder[]>`/* load-work-orders */
    SELECT ${WORK_ORDER_COLUMNS} FROM ${WORK_ORDER_TABLES} WHERE o.id = ANY (${orderIds}::uuid[])`;
  const byId = new Map(orders.map((order) => [order.id, order]));
  return orderIds.map((id) => byId.get(id));
}
