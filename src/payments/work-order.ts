import { Prisma } from '../generated/prisma/client.js';
import type { OrderStatus } from '../orders/lifecycle.js';
import type { Database } from '../platform/database/database.js';

/** An order as whoever works on it needs it. */
export interface WorkOrder {
  readonly id: string;
  readonly status: OrderStatus;
  readonly version: number;
  /** Minor unit of the currency. */
  readonly amount: number;
  readonly currency: string;
  readonly paymentMethod: string;
  /** Set by the first attempt to charge, once the gateway has prepared the payment. */
  readonly paymentIntentId: string | null;
  /** The gateway has refused to make the payment. */
  readonly paymentIsClosed: boolean;
  readonly chargeAttempts: number;
  readonly refundAttempts: number;
  /** The history says already that the money is on its way back. */
  readonly refundIsPending: boolean;
  /** How long until recovery looks after the order, in ms, by the database's clock; null at rest. */
  readonly recoverInMs: number | null;
  /** An operator has to decide first. */
  readonly waitsForOperator: boolean;
}

/** For a statement that has WORK_ORDER_TABLES: the columns of a WorkOrder. */
export const WORK_ORDER_COLUMNS = Prisma.sql`o.id::text AS id, o.status, o.version, o.total_amount AS amount,
      o.currency::text AS currency, o.payment_method AS "paymentMethod", p.payment_intent_id AS "paymentIntentId",
      coalesce(p.closed, false) AS "paymentIsClosed", coalesce(p.attempts, 0) AS "chargeAttempts",
      coalesce(r.attempts, 0) AS "refundAttempts", r.pending_since IS NOT NULL AS "refundIsPending",
      (extract(epoch FROM o.recover_after - now()) * 1000)::int AS "recoverInMs",
      EXISTS (SELECT FROM dead_letters d WHERE d.order_id = o.id AND d.state = 'OPEN') AS "waitsForOperator"`;
export const WORK_ORDER_TABLES = Prisma.sql`orders o LEFT JOIN payments p ON p.order_id = o.id
      LEFT JOIN refunds r ON r.order_id = o.id`;

/** @returns the orders in the order of their ids; undefined for an id without one */
export async function loadWorkOrders(
  database: Database,
  orderIds: readonly string[],
): Promise<(WorkOrder | undefined)[]> {
  const orders = await database.$queryRaw<WorkOrder[]>`/* load-work-orders */
    SELECT ${WORK_ORDER_COLUMNS} FROM ${WORK_ORDER_TABLES} WHERE o.id = ANY (${orderIds}::uuid[])`;
  const byId = new Map(orders.map((order) => [order.id, order]));
  return orderIds.map((id) => byId.get(id));
}
