import { Prisma } from '../../generated/prisma/client.js';
import type { Database } from '../../platform/database/database.js';
import { CREATION, STATUSES } from '../lifecycle.js';
import { ORDER_SQL_COLUMNS } from '../order.js';
import { MESSAGE_KIND } from '../work-message.js';
import {
  createdOrder,
  type CreatedRow,
  type CreateOrderOutcome,
  keyOf,
  type NewOrder,
  rejection,
  replay,
  type StoredOrder,
} from './create-order-outcome.js';
import { fingerprint, FINGERPRINT_VERSION } from './fingerprint.js';
import { maxTotal, SPECIAL_MAX_TOTALS } from './max-total.js';
import { tooManyDeclines } from './payment-declines.js';

export interface CreateOrdersSettings {
  /** How long after its creation recovery may treat an order's work as lost. */
  readonly recoverAfterMs: number;
  /** A customer with this many declined payments in the last hour can create no order for now. */
  readonly maxDeclinesPerHour: number;
}

const FIRST_MESSAGE = MESSAGE_KIND[STATUSES[CREATION.status].task];

/**
 * Creates a list of orders, each with its items, first event and outbox message, in one atomic statement and one
 * round trip. Each order is stored or rejected on its own. Prices come from the catalogue inside the statement.
 * Where (customer, key) already has an order, or a concurrent caller stores one, that order is read and decides
 * the outcome, by a second round trip.
 *
 * @returns one outcome for each order, in the order of the list
 * @throws what the database throws; the outcome is then unknown, and calling again with the same keys settles it
 */
export async function createOrders(
  database: Database,
  orders: readonly NewOrder[],
  settings: CreateOrdersSettings,
): Promise<CreateOrderOutcome[]> {
  const outcomes = await tryToCreate(database, orders, settings);
  const left = orders.filter((_, index) => outcomes[index] === undefined);
  const settled = left.length === 0 ? [] : await tryToCreate(database, left, settings);
  return outcomes.map((first) => {
    const outcome = first ?? settled.shift();
    if (outcome === undefined) throw new Error('create-orders stored no order and gave no reason');
    return outcome;
  });
}

/** Undefined where the order in the way is gone: PostgreSQL has lost its commit between the two round trips. */
async function tryToCreate(
  database: Database,
  orders: readonly NewOrder[],
  settings: CreateOrdersSettings,
): Promise<(CreateOrderOutcome | undefined)[]> {
  const rows = await database.$queryRaw<CreatedRow[]>(createOrdersStatement(orders, settings));
  const created = orders.map((order, index) => createdOrder(order, rows[index]));
  const others = orders.filter((_, index) => created[index] === undefined);
  const stored = others.length === 0 ? new Map<string, StoredOrder>() : await findByKeys(database, others);
  return orders.map((order, index): CreateOrderOutcome | undefined => {
    const newOrder = created[index];
    if (newOrder !== undefined) return { kind: 'created', order: newOrder };
    const found = stored.get(keyOf(order));
    return found === undefined ? rejection(order, rows[index]) : replay(found, order);
  });
}

/**
 * The outcomes of creates that may be replays; undefined where the key has no order. The answer is final: an order
 * keeps its key forever.
 * @throws what the database throws
 */
export async function findReplays(
  database: Database,
  orders: readonly NewOrder[],
): Promise<(CreateOrderOutcome | undefined)[]> {
  const stored = await findByKeys(database, orders);
  return orders.map((order) => {
    const found = stored.get(keyOf(order));
    return found === undefined ? undefined : replay(found, order);
  });
}

/** For a row `p` of `priced`. */
const MAX_TOTAL_OF_CURRENCY = Prisma.sql`CASE p.currencies[1] ${Prisma.join(
  SPECIAL_MAX_TOTALS.map(([currency, max]) => Prisma.sql`WHEN ${currency} THEN ${max}::int`),
  ' ',
)} ELSE ${maxTotal('')}::int END`;

/**
 * Inserts in key order, so that two batches with keys in common cannot deadlock. Of several orders in the list
 * under one key the first one wins.
 */
export function createOrdersStatement(
  orders: readonly NewOrder[],
  { recoverAfterMs, maxDeclinesPerHour }: CreateOrdersSettings,
) {
  const lines = orders.flatMap(({ items }, order) =>
    items.map(({ sku, quantity }, position) => ({ order: order + 1, position, sku, quantity })),
  );
  return Prisma.sql`/* create-orders */
    WITH input AS MATERIALIZED (
      SELECT uuid_v7() AS id, i.*
      FROM unnest(
        ${orders.map((order) => order.customerId)}::text[],
        ${orders.map((order) => order.idempotencyKey)}::text[],
        ${orders.map((order) => fingerprint(order))}::bytea[],
        ${orders.map((order) => order.paymentMethod)}::text[],
        ${orders.map((order) => order.expectedTotal?.amount ?? null)}::int[],
        ${orders.map((order) => order.expectedTotal?.currency ?? null)}::text[]
      ) WITH ORDINALITY AS i (customer_id, idempotency_key, fingerprint, payment_method,
        expected_amount, expected_currency, ordinal)
    ), refused AS (${tooManyDeclines(maxDeclinesPerHour)}
    ), line AS (
      SELECT l.*, p.name, p.unit_amount, p.currency, coalesce(p.active, false) AS orderable
      FROM unnest(
        ${lines.map((line) => line.order)}::int[],
        ${lines.map((line) => line.position)}::int[],
        ${lines.map((line) => line.sku)}::text[],
        ${lines.map((line) => line.quantity)}::int[]
      ) AS l (ordinal, position, sku, quantity)
      LEFT JOIN products p ON p.sku = l.sku
    ), priced AS (
      SELECT ordinal,
        sum(quantity::bigint * unit_amount)::bigint AS total,
        array_agg(DISTINCT currency::text) FILTER (WHERE orderable) AS currencies,
        array_agg(sku ORDER BY position) FILTER (WHERE NOT orderable) AS unavailable
      FROM line GROUP BY ordinal
    ), stored AS (
      INSERT INTO orders (id, customer_id, idempotency_key, fingerprint, fingerprint_version, payment_method,
        total_amount, currency, recover_after)
      SELECT i.id, i.customer_id, i.idempotency_key, i.fingerprint, ${FINGERPRINT_VERSION}::smallint, i.payment_method,
        p.total::int, p.currencies[1], now() + ${recoverAfterMs}::int * interval '1 millisecond'
      FROM input i JOIN priced p ON p.ordinal = i.ordinal
      WHERE p.unavailable IS NULL AND cardinality(p.currencies) = 1
        AND p.total <= ${MAX_TOTAL_OF_CURRENCY}
        AND (i.expected_amount IS NULL
          OR (i.expected_amount = p.total AND i.expected_currency = p.currencies[1]))
        AND i.customer_id NOT IN (SELECT customer_id FROM refused)
      ORDER BY i.customer_id, i.idempotency_key, i.ordinal
      ON CONFLICT (customer_id, idempotency_key) DO NOTHING
      RETURNING id, created_at
    ), items AS (
      INSERT INTO order_items (order_id, position, sku, name, unit_amount, quantity)
      SELECT s.id, l.position, l.sku, l.name, l.unit_amount, l.quantity
      FROM stored s JOIN input i ON i.id = s.id JOIN line l ON l.ordinal = i.ordinal
    ), events AS (
      INSERT INTO order_events (order_id, version, type, status, actor)
      SELECT id, 1, ${CREATION.event}::order_event_type, ${CREATION.status}::order_status, 'customer'
      FROM stored
    ), messages AS (
      INSERT INTO outbox_messages (kind, order_id) SELECT ${FIRST_MESSAGE}, id FROM stored
    )
    SELECT s.id::text AS id, s.created_at, p.total, p.currencies, p.unavailable, r.retry_after_ms
    FROM input i LEFT JOIN stored s ON s.id = i.id LEFT JOIN priced p ON p.ordinal = i.ordinal
      LEFT JOIN refused r ON r.customer_id = i.customer_id
    ORDER BY i.ordinal`;
}

async function findByKeys(database: Database, orders: readonly NewOrder[]) {
  const rows = await database.$queryRaw<StoredOrder[]>`/* find-orders-by-key */
    SELECT ${ORDER_SQL_COLUMNS}, o.fingerprint, o.fingerprint_version AS "fingerprintVersion"
    FROM unnest(
      ${orders.map(({ customerId }) => customerId)}::text[],
      ${orders.map(({ idempotencyKey }) => idempotencyKey)}::text[]
    ) AS k (customer_id, idempotency_key)
    JOIN orders o ON o.customer_id = k.customer_id AND o.idempotency_key = k.idempotency_key`;
  return new Map(rows.map((row): [string, StoredOrder] => [keyOf(row), row]));
}
