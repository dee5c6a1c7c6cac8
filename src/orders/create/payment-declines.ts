import { Prisma } from '../../generated/prisma/client.js';

/** For how long a declined payment counts. */
export const DECLINE_WINDOW_MS = 3_600_000;

/**
 * For the transition's own statement, with its `moved`: the declines, which count against their customers.
 * @param moves places (ordinals) in the statement of those moves that are declines
 */
export function rememberDeclines(moves: readonly number[]): {
  readonly name: string;
  readonly sql: Prisma.Sql;
} {
  return {
    name: 'decline',
    sql: Prisma.sql`INSERT INTO payment_declines (customer_id, order_id)
      SELECT moved.customer_id, moved.id FROM moved WHERE moved.ordinal = ANY (${moves}::int[])`,
  };
}

/**
 * The customers in `input` (customer_id) whose payments have been declined so often within the window that they may
 * not order, and for how long: until fewer than the maximum are in it. A customer without declines costs one look into
 * an index.
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
