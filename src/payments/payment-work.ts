import type { OrderStatus } from '../orders/order-status.js';
import type { Database } from '../platform/database.js';

/** What the queue has to do with the job: nothing more, or run it again after a pause. */
export type WorkResult = { readonly kind: 'done' } | { readonly kind: 'retry'; readonly afterMs: number };

export const DONE: WorkResult = { kind: 'done' };

/** An order as its work needs it. */
export interface WorkableOrder {
  readonly id: string;
  readonly status: OrderStatus;
  readonly version: number;
  /** Minor unit of the currency. */
  readonly amount: number;
  readonly currency: string;
  readonly paymentMethod: string;
  /** Set by the first attempt to charge, once the gateway has prepared the payment. */
  readonly paymentIntentId: string | null;
  /** The history says already that the money is on its way back. */
  readonly refundIsPending: boolean;
  /** How long the order is still to be left alone, in ms, by the database's clock. */
  readonly pausedMs: number;
  /** An operator has to decide first. */
  readonly waitsForOperator: boolean;
}

/**
 * @param stuckAfterMs what recovery waits beyond an order's pause
 * @returns the orders in the order of their ids; undefined for an id without one
 */
export async function loadOrders(
  database: Database,
  orderIds: readonly string[],
  stuckAfterMs: number,
): Promise<(WorkableOrder | undefined)[]> {
  const orders = await database.$queryRaw<WorkableOrder[]>`/* load-workable-order */
    SELECT o.id::text AS id, o.status, o.version, o.total_amount AS amount, o.currency::text AS currency,
      o.payment_method AS "paymentMethod", p.payment_intent_id AS "paymentIntentId",
      r.pending_since IS NOT NULL AS "refundIsPending",
      coalesce(greatest(0, extract(epoch FROM o.recover_after - now()) * 1000 - ${stuckAfterMs}::int), 0)::int AS "pausedMs",
      EXISTS (SELECT FROM dead_letters d WHERE d.order_id = o.id AND d.state = 'OPEN') AS "waitsForOperator"
    FROM orders o LEFT JOIN payments p ON p.order_id = o.id LEFT JOIN refunds r ON r.order_id = o.id
    WHERE o.id = ANY (${orderIds}::uuid[])`;
  const byId = new Map(orders.map((order) => [order.id, order]));
  return orderIds.map((id) => byId.get(id));
}

/** A job may come a little early; one that comes much too early was woken by a clock that is wrong. */
const EARLY_MS = 1_000;

/** The rest of the pause where the order is to be left alone still. */
export function restOfPause({ pausedMs }: WorkableOrder): WorkResult | undefined {
  return pausedMs > EARLY_MS ? { kind: 'retry', afterMs: pausedMs } : undefined;
}
