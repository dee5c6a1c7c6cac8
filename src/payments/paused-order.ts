import { Prisma } from '../generated/prisma/client.js';
import type { WorkOrder } from './work-order.js';

/**
 * The statement by which an order waits for the gateway's or the customer's next step: recovery queues the next look
 * after the pause, or at once where something was heard since the order was read. Returns the order's id, unless it has
 * moved on.
 */
export function pausedOrder(
  { id, version, recoverAfter }: Pick<WorkOrder, 'id' | 'version' | 'recoverAfter'>,
  pauseMs: number,
): Prisma.Sql {
  return Prisma.sql`UPDATE orders SET recover_after = CASE WHEN recover_after = ${recoverAfter}::timestamptz
        THEN now() + ${Math.ceil(pauseMs)}::int * interval '1 millisecond' ELSE recover_after END
      WHERE id = ${id}::uuid AND version = ${version}::int RETURNING id`;
}
