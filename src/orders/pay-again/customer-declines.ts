import { Prisma } from '../../generated/prisma/client.js';
import type { Database } from '../../platform/database/database.js';
import { tooManyDeclines } from '../create/payment-declines.js';

/** @returns until the customer may pay again, in ms; undefined where nothing limits them @throws what the database throws */
export async function declineRetryAfterMs(
  database: Database,
  customerId: string,
  maxDeclinesPerHour: number,
): Promise<number | undefined> {
  const [row] = await database.$queryRaw<{ retryAfterMs: number }[]>(
    Prisma.sql`/* customer-declines */
      WITH input (customer_id) AS (VALUES (${customerId}::text)),
        limited AS (${tooManyDeclines(maxDeclinesPerHour)})
      SELECT retry_after_ms AS "retryAfterMs" FROM limited`,
  );
  return row?.retryAfterMs;
}
