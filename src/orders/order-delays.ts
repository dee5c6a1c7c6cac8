import type { Database } from '../platform/database/database.js';
import { type OrderEventType, STATUSES_WITH_TASK } from './lifecycle.js';

/** Why an order has not moved on yet. */
export interface OrderDelay {
  /** When the first attempt failed, or an operator was asked. */
  readonly since: Date;
  /** Null where an operator decides, or where it is tried as soon as a worker is free. */
  readonly nextAttemptAt: Date | null;
  readonly waitsForOperator: boolean;
}

/** Events after which an order is where it was before. */
const DELAYS = ['PAYMENT_ATTEMPT_FAILED', 'DEAD_LETTERED'] as const satisfies readonly OrderEventType[];

/**
 * By order id; orders whose work goes well are missing. An order is late while the newest of its events are delays.
 * @param stuckAfterMs recovery's, which is part of each order's due time
 * @throws what the database throws
 */
export async function orderDelays(
  database: Database,
  orderIds: readonly string[],
  stuckAfterMs: number,
): Promise<Map<string, OrderDelay>> {
  const rows = await database.$queryRaw<(OrderDelay & { orderId: string })[]>`/* order-delays */
    SELECT o.id::text AS "orderId", late.since, o.recover_after IS NULL AS "waitsForOperator",
      CASE WHEN o.recover_after > now() + ${stuckAfterMs}::int * interval '1 millisecond'
        THEN o.recover_after - ${stuckAfterMs}::int * interval '1 millisecond' END AS "nextAttemptAt"
    FROM orders o CROSS JOIN LATERAL (
      SELECT min(e.occurred_at) AS since FROM order_events e
      WHERE e.order_id = o.id AND e.version > coalesce((
        SELECT max(version) FROM order_events g WHERE g.order_id = o.id AND g.type <> ALL (${DELAYS}::order_event_type[])
      ), 0)
    ) late
    WHERE o.id = ANY (${orderIds}::uuid[]) AND o.status = ANY (${STATUSES_WITH_TASK}::order_status[]) AND late.since IS NOT NULL`;
  return new Map(rows.map(({ orderId, ...delay }) => [orderId, delay]));
}
