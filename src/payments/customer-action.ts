import { Prisma } from '../generated/prisma/client.js';
import { STATUSES_WAITING_FOR_CUSTOMER } from '../orders/lifecycle.js';
import type { TransitionWrite } from '../orders/transition.js';
import { workMessage } from '../orders/work-message.js';
import type { Database } from '../platform/database/database.js';
import { pausedOrder } from './paused-order.js';
import type { WorkOrder } from './work-order.js';

/**
 * A transition write: what the customer's browser needs, and until when. The attempt that found this out does not count.
 * @param action.timeoutMs by the database's clock
 */
export function actionRequired(action: {
  readonly clientSecret: string;
  readonly timeoutMs: number;
}): TransitionWrite {
  return {
    name: 'action',
    sql: Prisma.sql`UPDATE payments p SET uncounted_attempts = p.uncounted_attempts + 1,
        action_client_secret = ${action.clientSecret}::text,
        action_expires_at = now() + ${action.timeoutMs}::int * interval '1 millisecond'
      FROM moved WHERE p.order_id = moved.id`,
  };
}

/**
 * The customer has not come back yet: unless something is heard sooner, recovery queues the next look after the pause.
 * Changes nothing where the order has moved on.
 * @throws what the database throws
 */
export async function pauseAction(
  database: Database,
  order: Pick<WorkOrder, 'id' | 'version' | 'recoverAfter'>,
  pauseMs: number,
): Promise<void> {
  await database.$executeRaw`/* pause-action */
    WITH paused AS (${pausedOrder(order, pauseMs)})
    UPDATE payments p SET uncounted_attempts = p.uncounted_attempts + 1 FROM paused WHERE p.order_id = paused.id`;
}

/**
 * The customer says that the action is done. Believes nothing: adds a message, by which a worker asks the gateway at
 * once. Does nothing where the order does not wait for its customer. Wake the relay then.
 * @returns whether a message was added
 * @throws what the database throws
 */
export async function lookAtAction(database: Database, orderId: string): Promise<boolean> {
  const rows = await database.$queryRaw<unknown[]>`/* look-at-action */
    WITH moved AS (
      UPDATE orders SET recover_after = now()
      WHERE id = ${orderId}::uuid AND status = ANY (${STATUSES_WAITING_FOR_CUSTOMER}::order_status[]) AND recover_after IS NOT NULL
      RETURNING id
    ), message AS (${workMessage('CHARGE').sql})
    SELECT id FROM moved`;
  return rows.length > 0;
}
