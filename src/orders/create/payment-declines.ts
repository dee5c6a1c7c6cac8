import { Prisma } from '../../generated/prisma/client.js';
import type { TransitionWrite } from '../transition.js';

/** How long a declined payment counts against its customer. */
export const DECLINE_WINDOW_MS = 3_600_000;

/**
 * A transition write: records declined payments.
 * @param ordinals of the declines among the statement's moves
 */
export function recordDeclines(ordinals: readonly number[]): TransitionWrite {
  return {
    name: 'decline',
    sql: Prisma.sql`INSERT INTO payment_declines (customer_id, order_id)
      SELECT moved.customer_id, moved.id FROM moved WHERE moved.ordinal = ANY (${ordinals}::int[])`,
  };
}

/**
 * SQL over `input (customer_id)`: the customers with `maxDeclinesPerHour` or more declines in the window, and how long
 * until they have fewer. Costs one index look-up for a customer without declines.
 */
export function tooManyDeclines(maxDeclinesPerHour: number): Prisma.Sql {
  const window = Prisma.sql`${DECLINE_WINDOW_MS}::int * interval '1 millisecond'`;
  return Prisma.sql`
      SELECT c.customer_id, ceil(extract(epoch FROM d.declined_at + ${window} - now()) * 1000)::int AS retry_after_ms
      FROM (SELECT DISTINCT customer_id FROM input) c CROSS JOIN LATERAL (
        SELECT declined_at FROM payment_declines
        WHERE customer_id = c.customer_id AND declined_at > now() - ${window}
        ORDER BY declined_at DESC OFFSET ${maxDeclinesPerHour - 1}::int LIMIT 1
      ) d`;
}
