import type { Pool } from 'pg';

/** The number of occasional customers; those with lower numbers order more often. */
const CUSTOMERS = 20_000;
/** Between two orders, in ms: a million of them are four months. */
const ORDER_INTERVAL_MS = 10_000;
/** One more customer, with the same orders in a shop of any size. */
export const REGULAR = 'regular';
const REGULAR_ORDERS = 50;

/**
 * Writes `count` finished orders: nine of ten confirmed, the others declined or
 * cancelled, with items, events, payments and delivered messages, the oldest first. Their ids are UUIDv7 of the past.
 * @param sql of an empty, migrated database with the example catalogue
 */
export async function fillOrders(sql: Pool, count: number): Promise<void> {
  const client = await sql.connect();
  try {
    // The rows are consistent, and checking the foreign keys would take most of the time.
    await client.query(
      "SET session_replication_role = replica; SET synchronous_commit = off; SET work_mem = '64MB'",
    );
    await client.query(`CREATE TEMP TABLE filled AS ${FILLED}`, [
      count,
      ORDER_INTERVAL_MS,
      CUSTOMERS,
      REGULAR,
      Math.max(1, Math.floor(count / REGULAR_ORDERS)),
    ]);
    for (const statement of [ORDERS, ITEMS, EVENTS, PAYMENTS, MESSAGES]) await client.query(statement);
    await client.query('DROP TABLE filled');
    await client.query('RESET session_replication_role; RESET synchronous_commit; RESET work_mem');
    await client.query('VACUUM ANALYZE');
    await client.query('CHECKPOINT');
  } finally {
    client.release();
  }
}

const FILLED = `SELECT
    encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
      PLACING substring(int8send((extract(epoch FROM at) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1),
      'hex')::uuid AS id, n, at,
    CASE WHEN n % $5::int = $5::int / 2 THEN $4::text ELSE 'customer-' || floor($3::int * power(random(), 2))::int END AS customer_id,
    (CASE (n + n / $5::int) % 20 WHEN 7 THEN 'PAYMENT_FAILED' WHEN 13 THEN 'CANCELLED' ELSE 'CONFIRMED' END)::order_status AS status
  FROM generate_series(1, $1::int) AS n,
    LATERAL (SELECT now() - ($1::int - n + 1) * ($2::int * interval '1 millisecond') AS at) t`;

const ORDERS = `INSERT INTO orders (id, customer_id, idempotency_key, fingerprint, status, version, total_amount, currency,
    payment_method, failure_code, failure_message, created_at, updated_at)
  SELECT id, customer_id, gen_random_uuid()::text, sha256(n::text::bytea), status,
    CASE status WHEN 'CANCELLED' THEN 5 ELSE 3 END, 4_200, 'EUR', 'pm_card_visa',
    CASE status WHEN 'PAYMENT_FAILED' THEN 'card_declined' END,
    CASE status WHEN 'PAYMENT_FAILED' THEN 'The card was declined.' END, at, at + interval '1 second'
  FROM filled ORDER BY n`;

const ITEMS = `INSERT INTO order_items (order_id, position, sku, name, unit_amount, quantity)
  SELECT f.id, i.position, i.sku, p.name, p.unit_amount, 1
  FROM filled f, (VALUES (0, 'cup-espresso'), (1, 'jug-milk')) AS i (position, sku)
  JOIN products p ON p.sku = i.sku ORDER BY f.n, i.position`;

const EVENTS = `INSERT INTO order_events (order_id, version, type, status, previous_status, detail, occurred_at)
  SELECT f.id, e.version, e.type::order_event_type, e.status::order_status, e.previous_status::order_status, e.detail, f.at
  FROM filled f JOIN (VALUES
    ('any', 1, 'ORDER_CREATED', 'PENDING', NULL, NULL),
    ('any', 2, 'PAYMENT_STARTED', 'PAYMENT_PROCESSING', 'PENDING', NULL),
    ('CONFIRMED', 3, 'PAYMENT_SUCCEEDED', 'CONFIRMED', 'PAYMENT_PROCESSING', NULL),
    ('PAYMENT_FAILED', 3, 'PAYMENT_DECLINED', 'PAYMENT_FAILED', 'PAYMENT_PROCESSING', 'The card was declined.'),
    ('CANCELLED', 3, 'PAYMENT_SUCCEEDED', 'CONFIRMED', 'PAYMENT_PROCESSING', NULL),
    ('CANCELLED', 4, 'CANCELLATION_REQUESTED', 'CANCELLING', 'CONFIRMED', 'Ordered by mistake.'),
    ('CANCELLED', 5, 'ORDER_CANCELLED', 'CANCELLED', 'CANCELLING', NULL)
  ) AS e (of_status, version, type, status, previous_status, detail) ON e.of_status IN ('any', f.status::text)
  ORDER BY f.n, e.version`;

const PAYMENTS = `INSERT INTO payments (order_id, idempotency_key, payment_intent_id, attempts, created_at)
  SELECT id, gen_random_uuid(), 'pi_' || substr(md5(n::text), 1, 24), 1, at FROM filled ORDER BY n`;

const MESSAGES = `INSERT INTO outbox_messages (kind, order_id, created_at, delivered_at)
  SELECT 'CHARGE_ORDER', id, at, at FROM filled ORDER BY n`;
