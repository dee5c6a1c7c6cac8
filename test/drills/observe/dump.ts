import type { TableDump } from '../table-dump.js';
import type { Observed } from './observed.js';

const ORDERS = `/* drill-dump-orders */
  SELECT o.id::text AS id, o.customer_id AS "customerId", o.idempotency_key AS "idempotencyKey",
    o.status::text AS status, o.version, o.total_amount AS "totalAmount", o.currency::text AS currency,
    (SELECT l.type::text FROM order_events l WHERE l.order_id = o.id ORDER BY l.version DESC LIMIT 1) AS "lastEvent",
    coalesce(i.n, 0)::int AS "itemCount", coalesce(e.n, 0)::int AS "eventCount", coalesce(m.n, 0)::int AS "messageCount"
  FROM orders o
  LEFT JOIN (SELECT order_id, count(*) AS n FROM order_items GROUP BY order_id) i ON i.order_id = o.id
  LEFT JOIN (SELECT order_id, count(*) AS n FROM order_events GROUP BY order_id) e ON e.order_id = o.id
  LEFT JOIN (SELECT order_id, count(*) AS n FROM outbox_messages GROUP BY order_id) m ON m.order_id = o.id
  ORDER BY o.id`;
const WAITING_MESSAGES = `SELECT id::text AS id, order_id::text AS "orderId", kind FROM outbox_messages
  WHERE delivered_at IS NULL ORDER BY id`;
const DEAD_LETTERS =
  'SELECT id::text AS id, order_id::text AS "orderId", state::text AS state FROM dead_letters ORDER BY id';
const PAYMENTS = `SELECT order_id::text AS "orderId", payment_intent_id AS "paymentId" FROM payments
  WHERE payment_intent_id IS NOT NULL ORDER BY order_id`;
const DISCREPANCIES = `SELECT id::text AS id, kind::text AS kind, state::text AS state,
    gateway_payment_id AS "paymentId", order_id::text AS "orderId", found_amount AS "foundAmount",
    refund_by AS "refundBy",    resolved_by AS "resolvedBy"
  FROM payment_discrepancies ORDER BY id`;
const MISSING_ORDERS =
  'SELECT order_id::text AS "orderId", named_by AS "namedBy" FROM missing_orders ORDER BY order_id';

/** The contents of the tables, to be compared with the API. */
export async function readDump({ postgres }: Pick<Observed, 'postgres'>): Promise<TableDump> {
  return {
    orders: await postgres.query<TableDump['orders'][number]>(ORDERS),
    waitingMessages: await postgres.query<TableDump['waitingMessages'][number]>(WAITING_MESSAGES),
    deadLetters: await postgres.query<TableDump['deadLetters'][number]>(DEAD_LETTERS),
    payments: await postgres.query<TableDump['payments'][number]>(PAYMENTS),
    discrepancies: await postgres.query<TableDump['discrepancies'][number]>(DISCREPANCIES),
    missingOrders: await postgres.query<TableDump['missingOrders'][number]>(MISSING_ORDERS),
  };
}
