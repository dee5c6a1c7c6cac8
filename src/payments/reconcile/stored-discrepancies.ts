import type { Database } from '../../platform/database/database.js';
import { type DiscrepancyKind, RECONCILIATION } from './discrepancy.js';

/** A discrepancy that is open, or that an operator has accepted. */
export interface StoredDiscrepancy {
  readonly id: string;
  readonly kind: DiscrepancyKind;
  readonly paymentId: string;
  /** Null for an orphan. */
  readonly orderId: string | null;
  readonly isOpen: boolean;
  /** Its money is being returned, which settles it. */
  readonly isClaimed: boolean;
  readonly foundAmount: number | null;
  readonly foundCurrency: string | null;
  readonly detail: string;
}

/** The discrepancies of payments that matter for a comparison, by the payments' ids. @throws what the database throws */
export async function storedDiscrepancies(
  database: Database,
  paymentIds: readonly string[],
): Promise<Map<string, StoredDiscrepancy[]>> {
  const rows = await database.$queryRaw<StoredDiscrepancy[]>`/* stored-discrepancies */
    SELECT id::text AS id, kind, gateway_payment_id AS "paymentId", order_id::text AS "orderId", state = 'OPEN' AS "isOpen",
      refund_by IS NOT NULL AS "isClaimed", found_amount AS "foundAmount", found_currency::text AS "foundCurrency", detail
    FROM payment_discrepancies WHERE gateway_payment_id = ANY (${paymentIds}::text[])
      AND (state = 'OPEN' OR (refund_by IS NULL AND resolved_by <> ${RECONCILIATION}::text))`;
  const byPayment = new Map<string, StoredDiscrepancy[]>();
  for (const row of rows) byPayment.set(row.paymentId, [...(byPayment.get(row.paymentId) ?? []), row]);
  return byPayment;
}

/** An open discrepancy that is due to be compared again. */
export interface DueDiscrepancy {
  readonly id: string;
  readonly kind: DiscrepancyKind;
  readonly paymentId: string;
  readonly orderId: string | null;
  /** Who has decided to return the money, and why; null where nobody has. */
  readonly refundBy: string | null;
  readonly refundReason: string | null;
}

/**
 * Takes up to `limit` open discrepancies that were not compared for `ageMs`, longest ago first. They count as compared
 * from then on: one that fails again and again does not keep the others from their turn.
 * @throws what the database throws
 */
export async function takeDueDiscrepancies(
  database: Database,
  { limit, ageMs }: { readonly limit: number; readonly ageMs: number },
): Promise<DueDiscrepancy[]> {
  return database.$queryRaw<DueDiscrepancy[]>`/* take-due-discrepancies */
    UPDATE payment_discrepancies SET checked_at = now() WHERE id = ANY (ARRAY(
      SELECT id FROM payment_discrepancies
      WHERE state = 'OPEN' AND checked_at < now() - ${ageMs}::float8 * interval '1 millisecond'
      ORDER BY checked_at LIMIT ${limit}::int FOR UPDATE SKIP LOCKED
    ))
    RETURNING id::text AS id, kind, gateway_payment_id AS "paymentId", order_id::text AS "orderId",
      refund_by AS "refundBy", refund_reason AS "refundReason"`;
}

/** Notes that open discrepancies were compared and have not changed. @throws what the database throws */
export async function noteCompared(database: Database, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  // Locked in one sequence, so that two of them can't deadlock.
  await database.$executeRaw`/* note-compared */
    UPDATE payment_discrepancies SET checked_at = now() WHERE id = ANY (ARRAY(
      SELECT id FROM payment_discrepancies WHERE id = ANY (${ids}::uuid[]) AND state = 'OPEN' ORDER BY id FOR UPDATE
    ))`;
}
