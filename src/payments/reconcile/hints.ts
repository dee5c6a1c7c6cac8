import type { Database } from '../../platform/database/database.js';

/** A payment that something has been heard of. */
export interface Hint {
  readonly paymentId: string;
  /** By the database's clock, in its own text, which has microseconds. */
  readonly notedAt: string;
}

/** The oldest hints. */
export async function oldestHints(database: Database, limit: number): Promise<Hint[]> {
  return database.$queryRaw<Hint[]>`/* oldest-hints */
    SELECT payment_intent_id AS "paymentId", noted_at::text AS "notedAt" FROM reconcile_hints
    ORDER BY noted_at LIMIT ${limit}::int`;
}

/** Notes payments that have to be compared again soon. */
export async function noteHints(database: Database, paymentIds: readonly string[]): Promise<void> {
  if (paymentIds.length === 0) return;
  await database.$executeRaw`/* note-hints */
    INSERT INTO reconcile_hints (payment_intent_id, noted_at)
    SELECT DISTINCT id, clock_timestamp() FROM unnest(${paymentIds}::text[]) AS i (id) ORDER BY id
    ON CONFLICT (payment_intent_id) DO UPDATE SET noted_at = excluded.noted_at`;
}

/** Removes hints after the comparison, except those that were noted again since. */
export async function dropHints(database: Database, hints: readonly Hint[]): Promise<void> {
  await database.$executeRaw`/* drop-hints */
    DELETE FROM reconcile_hints h USING unnest(
      ${hints.map(({ paymentId }) => paymentId)}::text[],
      ${hints.map(({ notedAt }) => notedAt)}::timestamptz[]
    ) AS d (payment_id, noted_at)
    WHERE h.payment_intent_id = d.payment_id AND h.noted_at = d.noted_at`;
}
