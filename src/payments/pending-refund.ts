import { Prisma } from '../generated/prisma/client.js';
import type { TransitionWrite } from '../orders/transition.js';
import type { Database } from '../platform/database/database.js';
import { pausedOrder } from './paused-order.js';
import type { WorkOrder } from './work-order.js';

/** A transition write: the refund is pending from now on. The attempt that found this out does not count. */
export function refundPending(): TransitionWrite {
  return {
    name: 'refund-pending',
    sql: Prisma.sql`UPDATE refunds r SET pending_since = now(), uncounted_attempts = r.uncounted_attempts + 1
      FROM moved WHERE r.order_id = moved.id`,
  };
}

/**
 * For a refund that is still pending. Unless a webhook event comes first, recovery queues the order's work again after
 * the pause. Changes nothing where the order has moved on.
 * @throws what the database throws
 */
export async function pauseRefund(
  database: Database,
  order: Pick<WorkOrder, 'id' | 'version' | 'recoverAfter'>,
  pauseMs: number,
): Promise<void> {
  await database.$executeRaw`/* pause-refund */
    WITH paused AS (${pausedOrder(order, pauseMs)})
    UPDATE refunds r SET uncounted_attempts = r.uncounted_attempts + 1 FROM paused WHERE r.order_id = paused.id`;
}
