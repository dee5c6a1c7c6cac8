import { Prisma } from '../generated/prisma/client.js';
import type { OrderStatus } from '../orders/lifecycle.js';
import type { Database } from '../platform/database/database.js';

/** An order with all that its tasks need. */
export interface WorkOrder {
  readonly id: string;
  readonly status: OrderStatus;
  readonly version: number;
  /** Minor unit of the currency. */
  readonly amount: number;
  readonly currency: string;
  readonly paymentMethod: string;
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
  /** The order has an open dead letter. */
  readonly waitsForOperator: boolean;
}

/** The columns of a WorkOrder, for a statement over WORK_ORDER_TABLES. */
export const WORK_ORDER_COLUMNS = Prisma.sql`o.id::text AS id, o.status, o.version, o.total_amount AS amount,
      o.currency::text AS currency, o.payment_method AS "paymentMethod", p.payment_intent_id AS "paymentIntentId",
      coalesce(p.closed, false) AS "paymentIsClosed", coalesce(p.attempts, 0) AS "chargeAttempts",
      coalesce(r.attempts, 0) AS "refundAttempts", r.pending_since IS NOT NULL AS "refundIsPending",
      greatest(0, extract(epoch FROM o.recover_after - now()) * 1000)::int AS "recoverInMs",
      EXISTS (SELECT FROM dead_letters d WHERE d.order_id = o.id AND d.state = 'OPEN') AS "waitsForOperator"`;
export const WORK_ORDER_TABLES = Prisma.sql`orders o LEFT JOIN payments p ON p.order_id = o.id
      LEFT JOIN refunds r ON r.order_id = o.id`;

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
