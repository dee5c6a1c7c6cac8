import type { Database } from '../../platform/database/database.js';
import type { BookList, BookWindow } from '../gateway-books.js';

/** gap: the payments of a time that PostgreSQL may have lost, see gap.ts. */
export type ProgressList = BookList | 'gap';

/** A window that is being read. */
export interface OpenWindow extends BookWindow {
  /** What is older was compared when it was new. */
  readonly newSince: Date;
}

/**
 * @param overlapMs the clocks of PostgreSQL and of the gateway may differ by as much
 * @returns undefined between two windows
 * @throws what the database throws
 */
export async function currentWindow(
  database: Database,
  list: ProgressList,
  overlapMs: number,
): Promise<OpenWindow | undefined> {
  const [window] = await database.$queryRaw<OpenWindow[]>`/* current-window */
    SELECT window_from AS "from", window_to AS "to", after_id AS "afterId",
      -- The gateway's times are whole seconds.
      date_trunc('second', covered_until - ${overlapMs}::float8 * interval '1 millisecond') AS "newSince"
    FROM reconcile_progress WHERE list = ${list}::text AND window_from IS NOT NULL`;
  return window;
}

/**
 * Opens the list's next window by the database's clock, where the last one was finished `intervalMs` ago.
 * @param bounds.lookBackMs how much of what was covered is read again
 * @param bounds.delayMs how young an entry is left to the window after this one
 * @throws what the database throws
 */
export async function openWindow(
  database: Database,
  list: BookList,
  bounds: { readonly intervalMs: number; readonly lookBackMs: number; readonly delayMs: number },
): Promise<void> {
  await database.$executeRaw`/* open-window */
    UPDATE reconcile_progress SET after_id = NULL,
      window_from = covered_until - ${bounds.lookBackMs}::float8 * interval '1 millisecond',
      window_to = now() - ${bounds.delayMs}::float8 * interval '1 millisecond'
    WHERE list = ${list}::text AND window_from IS NULL
      AND coalesce(finished_at, covered_until) <= now() - ${bounds.intervalMs}::float8 * interval '1 millisecond'
      AND covered_until < now() - ${bounds.delayMs}::float8 * interval '1 millisecond'`;
}

/**
 * Stores that a page was compared. Only afterwards: a crash repeats a page, and skips none.
 * @param compared the cursor with which that page began
 * @throws what the database throws
 */
export async function advanceWindow(
  database: Database,
  list: ProgressList,
  compared: string | null,
  next: string,
): Promise<void> {
  await database.$executeRaw`/* advance-window */
    UPDATE reconcile_progress SET after_id = ${next}::text
    WHERE list = ${list}::text AND window_from IS NOT NULL AND after_id IS NOT DISTINCT FROM ${compared}::text`;
}

/** After the last page. @param compared as in advanceWindow() @throws what the database throws */
export async function finishWindow(
  database: Database,
  list: BookList,
  compared: string | null,
): Promise<void> {
  await database.$executeRaw`/* finish-window */
    UPDATE reconcile_progress SET covered_until = window_to, window_from = NULL, window_to = NULL, after_id = NULL,
      finished_at = now()
    WHERE list = ${list}::text AND window_from IS NOT NULL AND after_id IS NOT DISTINCT FROM ${compared}::text`;
}

/** For a cursor that the gateway does not accept: the window is read from its first page again. */
export async function restartWindow(database: Database, list: ProgressList): Promise<void> {
  await database.$executeRaw`/* restart-window */
    UPDATE reconcile_progress SET after_id = NULL WHERE list = ${list}::text`;
}
