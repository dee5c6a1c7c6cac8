import { Prisma } from '../../generated/prisma/client.js';
import { statusesOf, type Task } from '../../orders/lifecycle.js';
import type { TransitionWrite } from '../../orders/transition.js';
import { workMessage } from '../../orders/work-message.js';
import type { Database } from '../../platform/database/database.js';
import type { WebhookEvent } from './webhook-signature.js';
import { WORK_ORDER_COLUMNS, WORK_ORDER_TABLES, type WorkOrder } from '../work-order.js';

/**
 * Whether the event was stored before, and the order whose stored PaymentIntent it names. The event's metadata is not
 * used: anyone who can create a PaymentIntent can put any order id there.
 */
export async function findEvent(
  database: Database,
  { id, paymentIntentId }: WebhookEvent,
): Promise<{ readonly known: boolean; readonly order: WorkOrder | undefined }> {
  const rows = await database.$queryRaw<
    ({ known: boolean } & (WorkOrder | { id: null }))[]
  >`/* find-webhook-event */
    SELECT EXISTS (SELECT FROM webhook_events WHERE id = ${id}::text) AS known, work.*
    FROM (SELECT) AS always LEFT JOIN (
      SELECT ${WORK_ORDER_COLUMNS} FROM ${WORK_ORDER_TABLES}
      WHERE p.payment_intent_id = ${paymentIntentId ?? null}::text
    ) AS work ON true`;
  const [row] = rows;
  if (row === undefined) throw new Error('find-webhook-event returned no row');
  return { known: row.known, order: row.id === null ? undefined : row };
}

/** A transition write: stores the event that caused the transition. */
export function recordEvent({ id, type }: WebhookEvent): TransitionWrite {
  return {
    name: 'webhook-event',
    sql: Prisma.sql`INSERT INTO webhook_events (id, type) SELECT ${id}::text, ${type}::text FROM moved
      ON CONFLICT (id) DO NOTHING`,
  };
}

/** Stores an event that changes no order. @returns whether it is new */
export async function storeEvent(database: Database, { id, type }: WebhookEvent): Promise<boolean> {
  const stored = await database.$executeRaw`/* store-webhook-event */
    INSERT INTO webhook_events (id, type) VALUES (${id}::text, ${type}::text) ON CONFLICT (id) DO NOTHING`;
  return stored > 0;
}

/** As storeEvent. A new event also adds a message for the order's task; wake the relay then. */
export async function storeEventWithMessage(
  database: Database,
  { id, type }: WebhookEvent,
  work: { readonly orderId: string; readonly task: Task },
): Promise<boolean> {
  const rows = await database.$queryRaw<unknown[]>`/* store-webhook-event-with-message */
    WITH stored AS (
      INSERT INTO webhook_events (id, type) VALUES (${id}::text, ${type}::text) ON CONFLICT (id) DO NOTHING
      RETURNING id
    ), moved AS (SELECT ${work.orderId}::uuid AS id FROM stored),
    -- The next attempt of a pending refund may be minutes away; after an event of the gateway it is due now.
    resumed AS (
      UPDATE orders SET recover_after = now() FROM moved JOIN refunds r ON r.order_id = moved.id
      WHERE orders.id = moved.id AND orders.status = ANY (${statusesOf(work.task)}::order_status[]) AND orders.recover_after IS NOT NULL
        AND r.pending_since IS NOT NULL
    ),
    message AS (${workMessage(work.task).sql})
    SELECT id FROM stored`;
  return rows.length > 0;
}
