import type { Database } from '../platform/database/database.js';
import { MESSAGE_KINDS, type OutboxMessage } from './message.js';

/**
 * Takes up to `batchSize` waiting messages under a lease, oldest first, by each row's own state: a message
 * that commits late is claimed late, and never skipped. Rows that another relay is claiming are passed over.
 *
 * @param options.fromId no message below it is looked at
 */
export async function claimMessages(
  database: Database,
  options: { readonly fromId: bigint; readonly batchSize: number; readonly leaseMs: number },
): Promise<OutboxMessage[]> {
  return database.$queryRaw<OutboxMessage[]>`/* claim-messages */
    UPDATE outbox_messages SET leased_until = now() + ${options.leaseMs}::int * interval '1 millisecond'
    WHERE id = ANY (ARRAY(
      SELECT id FROM outbox_messages
      WHERE delivered_at IS NULL AND id >= ${options.fromId}::bigint
        AND (leased_until IS NULL OR leased_until < now())
        AND kind = ANY (${MESSAGE_KINDS}::text[])
      ORDER BY id LIMIT ${options.batchSize}::int
      FOR UPDATE SKIP LOCKED
    ))
    RETURNING id, kind, order_id::text AS "orderId"`;
}

/** What PostgreSQL can say of the messages' ids at one moment. */
export interface OutboxIds {
  /** The lowest id, of those that were looked at, whose message is not delivered. */
  readonly lowestWaiting: bigint | null;
  /** The highest id that was given out, be it to a message that nobody sees yet. */
  readonly highestGiven: bigint;
  /** Every transaction before this one has ended, and this look sees what it has written. */
  readonly lowestRunning: bigint;
  /** The first transaction that had not begun to write. */
  readonly nextTransaction: bigint;
}

/** @throws what the database throws */
export async function readIdBounds(database: Database, fromId: bigint): Promise<OutboxIds> {
  const [ids] = await database.$queryRaw<OutboxIds[]>`/* look-at-outbox-ids */
    SELECT (SELECT min(id) FROM outbox_messages WHERE delivered_at IS NULL AND id >= ${fromId}::bigint) AS "lowestWaiting",
      CASE WHEN is_called THEN last_value ELSE 0 END AS "highestGiven",
      pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS "lowestRunning",
      pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS "nextTransaction"
    FROM outbox_messages_id_seq`;
  if (ids === undefined) throw new Error('the sequence of the outbox ids has no row');
  return ids;
}

/** Says that the messages reached the queue. True whoever says it, so it asks for no lease. */
export async function markDelivered(database: Database, ids: readonly bigint[]): Promise<void> {
  await database.$executeRaw`/* mark-delivered */
    UPDATE outbox_messages SET delivered_at = now() WHERE id = ANY (${ids}::bigint[]) AND delivered_at IS NULL`;
}

/** Gives claimed messages back at once, instead of when their lease runs out. */
export async function releaseMessages(database: Database, ids: readonly bigint[]): Promise<void> {
  await database.$executeRaw`/* release-messages */
    UPDATE outbox_messages SET leased_until = NULL WHERE id = ANY (${ids}::bigint[]) AND delivered_at IS NULL`;
}

/** Removes up to `batchSize` messages that were delivered more than `retentionMs` ago. */
export async function purgeDelivered(
  database: Database,
  options: { readonly batchSize: number; readonly retentionMs: number },
): Promise<number> {
  return database.$executeRaw`/* purge-delivered */
    DELETE FROM outbox_messages WHERE id = ANY (ARRAY(
      SELECT id FROM outbox_messages
      WHERE delivered_at < now() - ${options.retentionMs}::bigint * interval '1 millisecond'
      ORDER BY delivered_at LIMIT ${options.batchSize}::int
      FOR UPDATE SKIP LOCKED
    ))`;
}

/** A message of a kind that this release doesn't know: a newer one's, or a mistake. */
export interface UnknownMessage {
  readonly id: bigint;
  readonly kind: string;
  readonly orderId: string;
}

/** Up to `batchSize` messages of unknown kinds that have waited for `ageMs`, oldest first. */
export async function findUnknownMessages(
  database: Database,
  options: { readonly batchSize: number; readonly ageMs: number },
): Promise<UnknownMessage[]> {
  return database.$queryRaw<UnknownMessage[]>`/* find-unknown-messages */
    SELECT id, kind, order_id::text AS "orderId" FROM outbox_messages
    WHERE delivered_at IS NULL AND kind <> ALL (${MESSAGE_KINDS}::text[])
      AND created_at < now() - ${options.ageMs}::int * interval '1 millisecond'
    ORDER BY id LIMIT ${options.batchSize}::int`;
}
