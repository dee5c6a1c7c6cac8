import type { Pool } from 'pg';

/** The orders of one statement: few enough for its memory, many enough to be fast. */
const ORDERS_A_STATEMENT = 10_000;

/**
 * Stores orders with everything that createOrder stores, many in a statement, for a backlog within seconds. Recovery
 * does not touch them, so that a queue that is emptied between rounds stays empty.
 * @param delivered whether their messages count as delivered, as the caller adds the jobs itself
 * @returns the orders' ids
 */
export async function storeOrders(
  sql: Pool,
  count: number,
  { delivered = false }: { readonly delivered?: boolean } = {},
): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < count) {
    const { rows } = await sql.query<{ id: string }>(
      `WITH new AS (
        INSERT INTO orders (customer_id, idempotency_key, fingerprint, payment_method, total_amount, currency, recover_after)
        SELECT 'bench-' || n % 20, gen_random_uuid()::text, sha256(n::text::bytea), 'pm_card_visa', 5000, 'EUR',
          now() + interval '1 hour'
        FROM generate_series(1, $1::int) AS n RETURNING id
      ), items AS (
        INSERT INTO order_items (order_id, position, sku, name, unit_amount, quantity)
        SELECT id, position, 'cup-espresso', 'Espresso cup', 2500, 1 FROM new, generate_series(0, 1) AS position
      ), events AS (
        INSERT INTO order_events (order_id, version, type, status) SELECT id, 1, 'ORDER_CREATED', 'PENDING' FROM new
      )
      INSERT INTO outbox_messages (kind, order_id, delivered_at)
      SELECT 'CHARGE_ORDER', id, CASE WHEN $2::boolean THEN now() END FROM new RETURNING order_id::text AS id`,
      [Math.min(ORDERS_A_STATEMENT, count - ids.length), delivered],
    );
    for (const { id } of rows) ids.push(id);
  }
  return ids;
}
