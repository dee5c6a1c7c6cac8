import { Prisma } from '../../generated/prisma/client.js';
import type { Database } from '../../platform/database/database.js';
import {
  fingerprint,
  FINGERPRINT_VERSION,
  isKnownFingerprintVersion,
  type OrderInput,
} from './fingerprint.js';
import { type Money, type Order, ORDER_SQL_COLUMNS, orderFromRow, type OrderRow } from '../order.js';
import { maxTotal, SPECIAL_MAX_TOTALS } from './max-total.js';
import { CREATION, STATUSES } from '../lifecycle.js';
import { tooManyDeclines } from './payment-declines.js';
import { keyOf } from './recent-keys.js';
import { MESSAGE_KIND } from '../work-message.js';

export interface NewOrder extends OrderInput {
  readonly customerId: string;
  readonly idempotencyKey: string;
}

/** What became of one requested order. */
export type CreateOrderOutcome =
  | { readonly kind: 'created'; readonly order: Order }
  | { readonly kind: 'replayed'; readonly order: Order }
  | { readonly kind: 'key-reused' }
  /** The key has an order of a newer release, and only a process of that one can tell whether the input is the same. */
  | { readonly kind: 'unknown-fingerprint-version'; readonly orderId: string }
  | { readonly kind: 'too-many-declines'; readonly retryAfterMs: number }
  | { readonly kind: 'product-unavailable'; readonly skus: readonly string[] }
  | { readonly kind: 'price-changed'; readonly total: Money }
  | { readonly kind: 'mixed-currencies'; readonly currencies: readonly string[] }
  | { readonly kind: 'total-too-large'; readonly maxTotal: Money };

interface CreatedRow {
  readonly id: string | null;
  readonly created_at: Date | null;
  readonly total: bigint | null;
  readonly currencies: string[] | null;
  readonly unavailable: string[] | null;
  readonly retry_after_ms: number | null;
}

export interface CreateOrdersSettings {
  /** When recovery may take an order's work for lost. */
  readonly recoverAfterMs: number;
  /** A customer with so many declined payments within an hour creates no further order for now. */
  readonly maxDeclinesPerHour: number;
}

const FIRST_MESSAGE = MESSAGE_KIND[STATUSES[CREATION.status].task];

/**
 * Creates a list of orders, each with its items, first event and outbox message, in one atomic statement
 * and one round trip. Each entry succeeds or is refused for itself; the answers are in the list's order.
 * Prices are read from the catalogue inside the statement. An entry whose (customer, key) already has an
 * order, or gets one from a concurrent caller, is settled by reading that order.
 *
 * @throws what the database throws; then the outcome is unknown, and calling again with the same keys settles it.
 */
export async function createOrders(
  database: Database,
  orders: readonly NewOrder[],
  settings: CreateOrdersSettings,
): Promise<CreateOrderOutcome[]> {
  const rows = await database.$queryRaw<CreatedRow[]>(createOrdersStatement(orders, settings));
  const created = orders.map((order, index) => createdOrder(order, rows[index]));
  const others = orders.filter((_, index) => created[index] === undefined);
  const stored = others.length === 0 ? new Map<string, StoredOrder>() : await findByKeys(database, others);
  return orders.map((order, index): CreateOrderOutcome => {
    const fresh = created[index];
    if (fresh !== undefined) return { kind: 'created', order: fresh };
    const found = stored.get(keyOf(order));
    return found === undefined ? refusal(order, rows[index]) : replay(found, order);
  });
}

/**
 * What became of calls that repeat earlier ones; undefined where no order has the key. An order keeps its key for
 * good, so what is found is the answer.
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

/** A version that is not known is no reason to guess, neither a replay nor another order. */
function replay(found: StoredOrder, order: NewOrder): CreateOrderOutcome {
  const { id: orderId, fingerprintVersion: version } = found;
  if (!isKnownFingerprintVersion(version)) return { kind: 'unknown-fingerprint-version', orderId };
  const same = Buffer.compare(found.fingerprint, fingerprint(order, version)) === 0;
  return same ? { kind: 'replayed', order: orderFromRow(found) } : { kind: 'key-reused' };
}

/** In SQL, for one row of priced. */
const MAX_TOTAL_OF_CURRENCY = Prisma.sql`CASE p.currencies[1] ${Prisma.join(
  SPECIAL_MAX_TOTALS.map(([currency, max]) => Prisma.sql`WHEN ${currency} THEN ${max}::int`),
  ' ',
)} ELSE ${maxTotal('')}::int END`;

/**
 * Sorted by key where it inserts: two batches with keys in common then wait for each other in one direction.
 * Of a list's entries under one key the first one wins.
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

function createdOrder(order: NewOrder, row: CreatedRow | undefined): Order | undefined {
  if (row?.id == null || row.created_at === null) return undefined;
  const { customerId, idempotencyKey } = order;
  const total = { amount: Number(row.total), currency: row.currencies?.[0] ?? '' };
  const { id, created_at: createdAt } = row;
  const times = { createdAt, updatedAt: createdAt };
  return {
    id,
    customerId,
    idempotencyKey,
    status: CREATION.status,
    version: 1,
    total,
    failure: null,
    ...times,
  };
}

/** Why nothing was stored under a key that has no order. */
function refusal(order: NewOrder, row: CreatedRow | undefined): CreateOrderOutcome {
  if (row?.retry_after_ms != null) return { kind: 'too-many-declines', retryAfterMs: row.retry_after_ms };
  if (row?.unavailable != null) return { kind: 'product-unavailable', skus: row.unavailable };
  const [currency = '', ...others] = row?.currencies ?? [];
  if (others.length > 0) return { kind: 'mixed-currencies', currencies: [currency, ...others] };
  const amount = Number(row?.total);
  if (amount > maxTotal(currency))
    return { kind: 'total-too-large', maxTotal: { amount: maxTotal(currency), currency } };
  const expected = order.expectedTotal;
  if (expected != null && (expected.amount !== amount || expected.currency !== currency)) {
    return { kind: 'price-changed', total: { amount, currency } };
  }
  throw new Error('create-orders stored no order and gave no reason');
}

type StoredOrder = OrderRow & { readonly fingerprint: Uint8Array; readonly fingerprintVersion: number };

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
