import { Prisma } from '../../generated/prisma/client.js';
import { STATUSES_WAITING_FOR_CUSTOMER, statusesOf, type Task } from '../../orders/lifecycle.js';
import type { TransitionWrite } from '../../orders/transition.js';
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

/**
 * As storeEvent, with more writes where the event is new. They select from `moved (id)`, which has the order.
 * @param orderId null where the writes are about no order
 */
export async function storeEventWith(
  database: Database,
  { id, type }: WebhookEvent,
  orderId: string | null,
  writes: readonly TransitionWrite[],
): Promise<boolean> {
  const name = Prisma.raw(['store-webhook-event', ...writes.map((write) => write.name)].join('-with-'));
  const clauses = writes.map(
    (write) => Prisma.sql`, ${Prisma.raw(write.name.replaceAll('-', '_'))} AS (${write.sql})`,
  );
  const rows = await database.$queryRaw<unknown[]>`/* ${name} */
    WITH stored AS (
      INSERT INTO webhook_events (id, type) VALUES (${id}::text, ${type}::text) ON CONFLICT (id) DO NOTHING
      RETURNING id
    ), moved AS (SELECT ${orderId}::uuid AS id FROM stored)${Prisma.join(clauses, '')}
    SELECT id FROM stored`;
  return rows.length > 0;
}

/** A write: the next look at a pending refund, or at what the customer does, may be minutes away; it is due now. */
export function resumeTask(task: Task): TransitionWrite {
  return {
    name: 'resumed',
    sql: Prisma.sql`UPDATE orders SET recover_after = now() FROM moved LEFT JOIN refunds r ON r.order_id = moved.id
      WHERE orders.id = moved.id AND orders.status = ANY (${statusesOf(task)}::order_status[])
        AND orders.recover_after IS NOT NULL
        AND (r.pending_since IS NOT NULL OR orders.status = ANY (${STATUSES_WAITING_FOR_CUSTOMER}::order_status[]))`,
  };
}
