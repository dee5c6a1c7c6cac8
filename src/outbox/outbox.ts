import type { Database } from '../platform/database.js';
import { MESSAGE_KINDS, type OutboxMessage } from './message.js';

/**
 * Takes up to `batchSize` waiting messages under a lease, oldest first, by each row's own state: a message
 * that commits late is claimed late, and never skipped. Rows that another relay is claiming are passed over.
 */
export async function claimMessages(
  database: Database,
  options: { readonly batchSize: number; readonly leaseMs: number },
): Promise<OutboxMessage[]> {
  return database.$queryRaw<OutboxMessage[]>`/* claim-messages */
    UPDATE outbox_messages SET leased_until = now() + ${options.leaseMs}::int * interval '1 millisecond'
    WHERE id = ANY (ARRAY(
      SELECT id FROM outbox_messages
      WHERE delivered_at IS NULL AND (leased_until IS NULL OR leased_until < now())
        AND kind = ANY (${MESSAGE_KINDS}::text[])
      ORDER BY id LIMIT ${options.batchSize}::int
      FOR UPDATE SKIP LOCKED
    ))
    RETURNING id, kind, order_id::text AS "orderId"`;
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
