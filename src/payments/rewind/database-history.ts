import type { Database } from '../../platform/database/database.js';

/** What PostgreSQL says about its own history. */
export interface DatabaseHistory {
  /** Of the cluster. A standby and a base backup have the same; a dump that is restored elsewhere has another. */
  readonly systemIdentifier: string;
  /** Grows with each promotion and each point-in-time recovery. */
  readonly timeline: number;
  /** Grows by 1 about every second; beats are written one after another, each after a look at what is remembered. */
  readonly beat: number;
  /** Random for each beat: the same beat with another token is another history. */
  readonly token: string;
  /** The highest outbox id that was assigned. */
  readonly outboxId: number;
}

const HISTORY = `system_identifier::text AS "systemIdentifier",
      ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::int AS timeline,
      m.beat::float8 AS beat, m.token::text AS token,
      (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM outbox_messages_id_seq)::float8 AS "outboxId"`;

/** @throws what the database throws, also where it is a standby */
export async function readHistory(database: Database): Promise<DatabaseHistory> {
  const [history] = await database.$queryRawUnsafe<DatabaseHistory[]>(
    `/* read-database-history */ SELECT ${HISTORY} FROM database_marker m, pg_control_system()`,
  );
  if (history === undefined) throw new Error('database_marker has no row');
  return history;
}

export interface WrittenBeat {
  /** After the beat. */
  readonly history: DatabaseHistory;
  /** Time since it was found that commits may be lost, in ms; null where none are, or where the gap is covered. */
  readonly gapAgeMs: number | null;
}

/** Writes the next beat. @throws what the database throws */
export async function writeBeat(database: Database): Promise<WrittenBeat> {
  const [row] = await database.$queryRawUnsafe<(DatabaseHistory & Pick<WrittenBeat, 'gapAgeMs'>)[]>(
    `/* write-database-beat */ UPDATE database_marker m SET beat = m.beat + 1, token = gen_random_uuid(), beat_at = now()
    FROM pg_control_system()
    RETURNING ${HISTORY}, extract(epoch FROM now() - m.gap_found_at)::float8 * 1000 AS "gapAgeMs"`,
  );
  if (row === undefined) throw new Error('database_marker has no row');
  const { gapAgeMs, ...history } = row;
  return { history, gapAgeMs };
}

/** The clocks of PostgreSQL and of the gateway may differ by this much. */
const CLOCK_TOLERANCE_MS = 300_000;

/**
 * Notes that commits may be lost since the newest beat (or since an earlier gap that is not covered yet), and goes on
 * beyond the beats that others have seen.
 * @param gap.seenBeat the highest beat that was seen
 * @param gap.reason one clause, such as "it is on timeline 2 and was on 1"
 * @param gap.since where commits are known to be lost since then
 * @throws what the database throws
 */
export async function openGap(
  database: Database,
  gap: { readonly seenBeat: number; readonly reason: string; readonly since?: Date },
): Promise<void> {
  await database.$executeRaw`/* open-database-gap */
    UPDATE database_marker SET gap_found_at = now(), gap_reason = ${gap.reason}::text,
      gap_from = least(gap_from, ${gap.since ?? null}::timestamptz - ${CLOCK_TOLERANCE_MS}::int * interval '1 millisecond',
        beat_at - ${CLOCK_TOLERANCE_MS}::int * interval '1 millisecond'),
      beat = greatest(beat, ${gap.seenBeat}::bigint) + 1, token = gen_random_uuid(), beat_at = now()`;
}
