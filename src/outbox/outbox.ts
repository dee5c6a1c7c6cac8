import type { Database } from '../platform/database/database.js';
import { MESSAGE_KINDS, type OutboxMessage } from './message.js';

/**
 * Claims up to `batchSize` undelivered messages under a lease, oldest first. Skips rows that another relay is claiming.
 * It goes by each row's own state, so a message that commits late is claimed late, but never missed.
 * @param options.fromId messages with lower ids are not read
 * @throws what the database throws
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

/** The outbox ids and running transactions at one moment. */
export interface OutboxIds {
  /** The lowest id, of those read, of an undelivered message. */
  readonly lowestUndelivered: bigint | null;
  /** The highest id that the sequence has assigned, perhaps to a message that is not committed yet. */
  readonly highestAssigned: bigint;
  /** The oldest running transaction: everything that earlier ones committed is visible here. */
  readonly lowestRunning: bigint;
  /** The first transaction id that was not assigned yet. */
  readonly nextTransaction: bigint;
}

/** @throws what the database throws */
export async function readIdBounds(database: Database, fromId: bigint): Promise<OutboxIds> {
  const [ids] = await database.$queryRaw<OutboxIds[]>`/* look-at-outbox-ids */
    SELECT (SELECT min(id) FROM outbox_messages WHERE delivered_at IS NULL AND id >= ${fromId}::bigint) AS "lowestUndelivered",
      CASE WHEN is_called THEN last_value ELSE 0 END AS "highestAssigned",
      pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS "lowestRunning",
      pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS "nextTransaction"
    FROM outbox_messages_id_seq`;
  if (ids === undefined) throw new Error('the outbox id sequence has no row');
  return ids;
}

/** Marks messages that reached the queue. That stays true after the lease has run out, so the lease is not checked. */
export async function markDelivered(database: Database, ids: readonly bigint[]): Promise<void> {
  await database.$executeRaw`/* mark-delivered */
    UPDATE outbox_messages SET delivered_at = now() WHERE id = ANY (${ids}::bigint[]) AND delivered_at IS NULL`;
}

/** Ends the lease of claimed messages at once. */
export async function releaseMessages(database: Database, ids: readonly bigint[]): Promise<void> {
  await database.$executeRaw`/* release-messages */
    UPDATE outbox_messages SET leased_until = NULL WHERE id = ANY (${ids}::bigint[]) AND delivered_at IS NULL`;
}

/** Deletes up to `batchSize` messages that were delivered more than `retentionMs` ago. @returns how many */
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

/** A message of a kind that this release does not know: a newer release wrote it, or it is corrupt. */
export interface UnknownMessage {
  readonly id: bigint;
  readonly kind: string;
  readonly orderId: string;
}

/** Up to `batchSize` messages of unknown kinds that are older than `ageMs`, oldest first. */
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
