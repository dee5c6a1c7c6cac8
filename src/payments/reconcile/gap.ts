import type { Database } from '../../platform/database/database.js';
import { log } from '../../platform/observability/logger.js';

/*
 * A gap is a time whose commits PostgreSQL may have lost (rewind/). It is covered by comparing all payments since: from
 * then on every payment of a lost order is listed, and every payment of a stored order is attached.
 */

/**
 * Begins to cover the gap that is open, if there is one. A gap that was found again since is covered from its beginning.
 * @param settledMs payments that were under way when it was found have an outcome by then
 * @throws what the database throws
 */
export async function beginGap(database: Database, settledMs: number): Promise<void> {
  await database.$executeRaw`/* begin-gap */
    UPDATE reconcile_progress p SET window_from = m.gap_from, after_id = NULL, covered_until = m.gap_found_at,
      -- The gateway's clock may be ahead.
      window_to = now() + interval '5 minutes'
    FROM database_marker m
    WHERE p.list = 'gap' AND m.gap_from IS NOT NULL
      AND m.gap_found_at <= now() - ${settledMs}::float8 * interval '1 millisecond'
      AND (p.window_from IS NULL OR p.covered_until <> m.gap_found_at)`;
}

/**
 * Closes the gap after its last page, unless it was found again in the meantime. Charges no longer look for earlier
 * payments then.
 * @throws what the database throws
 */
export async function closeGap(database: Database): Promise<void> {
  const rows = await database.$queryRaw<{ closed: boolean }[]>`/* close-gap */
    WITH covered AS (
      UPDATE reconcile_progress SET window_from = NULL, window_to = NULL, after_id = NULL, finished_at = now()
      WHERE list = 'gap' RETURNING covered_until
    ), closed AS (
      UPDATE database_marker SET gap_from = NULL, gap_found_at = NULL, gap_reason = NULL
      FROM covered WHERE gap_found_at = covered.covered_until RETURNING id
    )
    SELECT EXISTS (SELECT FROM closed) AS closed`;
  if (rows[0]?.closed === true) log.info('all payments since PostgreSQL may have lost commits are compared');
}
