import { Prisma } from '../generated/prisma/client.js';
import type { DeadLetterTask } from '../orders/dead-letter.js';
import type { OrderStatus } from '../orders/order-status.js';
import type { Companion } from '../orders/transition-order.js';
import { workMessage } from '../orders/work-message.js';
import type { Database } from '../platform/database.js';
import type { WebhookEvent } from './webhook-signature.js';

/** The order whose payment an event is about. */
export interface PaidOrder {
  readonly id: string;
  readonly status: OrderStatus;
  readonly version: number;
  /** Minor unit of the currency. */
  readonly amount: number;
  readonly currency: string;
  /** How often the order was tried to be charged. */
  readonly attempts: number;
  /** An operator has to decide first. */
  readonly waitsForOperator: boolean;
}

/**
 * Whether the event was stored before, and the order whose stored PaymentIntent it names. An event's metadata
 * say nothing here: whoever can make a PaymentIntent can write any order's id into them.
 */
export async function findEvent(
  database: Database,
  { id, paymentIntentId }: WebhookEvent,
): Promise<{ readonly known: boolean; readonly order: PaidOrder | undefined }> {
  const rows = await database.$queryRaw<
    ({ known: boolean } & (PaidOrder | { id: null }))[]
  >`/* find-webhook-event */
    SELECT EXISTS (SELECT FROM webhook_events WHERE id = ${id}::text) AS known,
      o.id::text AS id, o.status, o.version, o.total_amount AS amount, o.currency::text AS currency, p.attempts,
      EXISTS (SELECT FROM dead_letters d WHERE d.order_id = o.id AND d.state = 'OPEN') AS "waitsForOperator"
    FROM (SELECT) AS always
      LEFT JOIN payments p ON p.payment_intent_id = ${paymentIntentId ?? null}::text
      LEFT JOIN orders o ON o.id = p.order_id`;
  const [row] = rows;
  if (row === undefined) throw new Error('find-webhook-event answered with no row');
  return { known: row.known, order: row.id === null ? undefined : row };
}

/** Together with a transition: the event that causes it is known from then on. */
export function rememberEvent({ id, type }: WebhookEvent): Companion {
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

/** As storeEvent, together with a message for the order's work, if the event is new. Wake the relay after it. */
export async function storeEventWithMessage(
  database: Database,
  { id, type }: WebhookEvent,
  work: { readonly orderId: string; readonly task: DeadLetterTask },
): Promise<boolean> {
  const rows = await database.$queryRaw<unknown[]>`/* store-webhook-event-with-message */
    WITH stored AS (
      INSERT INTO webhook_events (id, type) VALUES (${id}::text, ${type}::text) ON CONFLICT (id) DO NOTHING
      RETURNING id
    ), moved AS (SELECT ${work.orderId}::uuid AS id FROM stored),
    -- A pending refund is not asked after for minutes; now there is something to be told.
    resumed AS (
      UPDATE orders SET recover_after = now() FROM moved JOIN refunds r ON r.order_id = moved.id
      WHERE orders.id = moved.id AND orders.status = 'CANCELLING' AND orders.recover_after IS NOT NULL
        AND r.pending_since IS NOT NULL
    ),
    message AS (${workMessage(work.task).sql})
    SELECT id FROM stored`;
  return rows.length > 0;
}
