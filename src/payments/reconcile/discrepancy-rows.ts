import { Prisma } from '../../generated/prisma/client.js';
import type { TransitionWrite } from '../../orders/transition.js';
import type { Database } from '../../platform/database/database.js';
import { retryRolledBack } from '../../platform/database/retry-rolled-back.js';
import type { Difference } from './compare-payment.js';
import { type DiscrepancyKind, storable } from './discrepancy.js';

/** Derived by the gateway's adapter from metadata, which can be any text. */
const ORDER_KEY = /^[0-9a-f]{64}$/;

const COLUMNS = Prisma.sql`kind, gateway_payment_id, order_id, order_key, expected_amount, expected_currency, found_amount,
      found_currency, detail`;

/** Each difference is listed once: an open one of the same kind is updated. */
const ON_CONFLICT = Prisma.sql`ON CONFLICT (gateway_payment_id, kind) WHERE state = 'OPEN' DO UPDATE SET
      order_id = excluded.order_id, expected_amount = excluded.expected_amount,
      expected_currency = excluded.expected_currency, found_amount = excluded.found_amount,
      found_currency = excluded.found_currency, detail = excluded.detail, checked_at = now()`;

/** The differences as a table `f` with the columns of the discrepancies, and the version of each order. */
function rowsOf(differences: readonly Difference[]): Prisma.Sql {
  const expected = differences.map((difference) => storable(difference.expected));
  const found = differences.map((difference) => storable(difference.found));
  return Prisma.sql`unnest(
      ${differences.map(({ kind }) => kind)}::discrepancy_kind[],
      ${differences.map(({ paymentId }) => paymentId)}::text[],
      ${differences.map(({ order }) => order?.id ?? null)}::uuid[],
      ${differences.map(({ orderKey }) => (ORDER_KEY.test(orderKey ?? '') ? orderKey : null))}::text[],
      ${expected.map(({ amount }) => amount)}::int[],
      ${expected.map(({ currency }) => currency)}::text[],
      ${found.map(({ amount }) => amount)}::int[],
      ${found.map(({ currency }) => currency)}::text[],
      ${differences.map(({ detail }) => detail)}::text[],
      ${differences.map(({ order }) => order?.version ?? null)}::int[]
    ) AS f (${COLUMNS}, version)`;
}

/** A stored difference. */
export interface StoredRow {
  readonly kind: DiscrepancyKind;
  readonly paymentId: string;
  readonly isNew: boolean;
}

/**
 * Stores differences without an event. Locks the orders' rows: what was found is true for the order's version only, and
 * a payment is an orphan only as long as no order has stored it.
 * @returns those that were stored
 * @throws what the database throws
 */
export async function storeQuietly(
  database: Database,
  differences: readonly Difference[],
): Promise<StoredRow[]> {
  if (differences.length === 0) return [];
  // Every statement writes them in the same sequence, so that two of them can't deadlock.
  const sorted = differences.toSorted((a, b) => (a.paymentId < b.paymentId ? -1 : 1));
  const statement = Prisma.sql`/* store-discrepancies */
    WITH found AS (SELECT f.* FROM ${rowsOf(sorted)}), same AS (
      SELECT o.id FROM orders o JOIN found ON found.order_id = o.id AND found.version = o.version
      ORDER BY o.id FOR SHARE OF o
    )
    INSERT INTO payment_discrepancies AS d (${COLUMNS})
    SELECT ${COLUMNS} FROM found WHERE order_id IN (SELECT id FROM same)
      OR (order_id IS NULL AND NOT EXISTS (SELECT FROM payments p WHERE p.payment_intent_id = gateway_payment_id))
    ${ON_CONFLICT}
    RETURNING d.kind, d.gateway_payment_id AS "paymentId", d.xmax = 0 AS "isNew"`;
  return retryRolledBack(() => database.$queryRaw<StoredRow[]>(statement));
}

/** A transition write: stores an order's differences with the event that tells of them. */
export function storeWithEvent(differences: readonly Difference[]): TransitionWrite {
  return {
    name: 'discrepancies',
    sql: Prisma.sql`INSERT INTO payment_discrepancies (${COLUMNS})
      SELECT ${COLUMNS} FROM moved, ${rowsOf(differences)} ${ON_CONFLICT}`,
  };
}
