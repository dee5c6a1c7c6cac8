import type { Database } from '../../platform/database/database.js';
import { log } from '../../platform/observability/logger.js';
import { openGap } from './database-history.js';

/**
 * Keeps a job's order that is not stored as evidence, once. A job is only added after its order's commit, so PostgreSQL
 * has lost that commit.
 * @throws what the database throws
 */
export async function noteMissingOrder(database: Database, orderId: string): Promise<void> {
  const since = creationTime(orderId);
  if (since === undefined) {
    log.error({ orderId }, 'dropped a job: its order is not stored, and its id is not one of this system');
    return;
  }
  if ((await database.missingOrder.findUnique({ where: { orderId } })) !== null) return;
  const reason = `the queue has a job for the order ${orderId}, which is not stored`;
  log.error({ orderId }, 'a job names an order that is not stored: PostgreSQL has lost its commit');
  // Before it is noted: after a crash in between, the job that runs again opens the gap once more.
  await openGap(database, { seenBeat: 0, reason, since });
  await database.$executeRaw`/* note-missing-order */
    INSERT INTO missing_orders (order_id, named_by) VALUES (${orderId}::uuid, 'job') ON CONFLICT (order_id) DO NOTHING`;
}

/** Of a UUIDv7; undefined for other ids. @see https://www.rfc-editor.org/rfc/rfc9562#section-5.7 */
function creationTime(orderId: string): Date | undefined {
  if (orderId[14] !== '7') return undefined;
  return new Date(Number.parseInt(orderId.replaceAll('-', '').slice(0, 12), 16));
}
