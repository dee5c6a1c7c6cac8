import type { TableDump } from '../evidence.js';
import type { Observed } from './observed.js';

/** The contents of the tables, to be compared with the API. */
export async function readDump({ postgres }: Pick<Observed, 'postgres'>): Promise<TableDump> {
  const orders = await postgres.query<TableDump['orders'][number]>(`/* drill-dump-orders */
    SELECT o.id::text AS id, o.customer_id AS "customerId", o.idempotency_key AS "idempotencyKey",
      o.status::text AS status, o.version, o.total_amount AS "totalAmount",
      coalesce(i.n, 0)::int AS "itemCount", coalesce(e.n, 0)::int AS "eventCount", coalesce(m.n, 0)::int AS "messageCount"
    FROM orders o
    LEFT JOIN (SELECT order_id, count(*) AS n FROM order_items GROUP BY order_id) i ON i.order_id = o.id
    LEFT JOIN (SELECT order_id, count(*) AS n FROM order_events GROUP BY order_id) e ON e.order_id = o.id
    LEFT JOIN (SELECT order_id, count(*) AS n FROM outbox_messages GROUP BY order_id) m ON m.order_id = o.id
    ORDER BY o.id`);
  const waitingMessages = await postgres.query<TableDump['waitingMessages'][number]>(
    `SELECT id::text AS id, order_id::text AS "orderId", kind FROM outbox_messages
     WHERE delivered_at IS NULL ORDER BY id`,
  );
  const deadLetters = await postgres.query<TableDump['deadLetters'][number]>(
    'SELECT id::text AS id, order_id::text AS "orderId", state::text AS state FROM dead_letters ORDER BY id',
  );
  return { orders, waitingMessages, deadLetters };
}
