import type { Database } from '../../platform/database/database.js';
import { UUID } from '../../platform/uuid.js';
import type { GatewayBooks } from '../gateway-books.js';

/** Whether one of the gateway's newest payments names an order that is not stored. @throws what either throws */
export async function hasUnknownPayments(database: Database, books: GatewayBooks): Promise<boolean> {
  const window = { from: new Date(0), to: new Date(NO_END_MS), afterId: null };
  const { entries } = await books.listPayments(window);
  // Only payments with an order key are this system's.
  const named = entries.flatMap(({ orderId, orderKey }) =>
    orderId !== null && orderKey !== null && UUID.test(orderId) ? [orderId] : [],
  );
  const [row] = await database.$queryRaw<{ unknown: boolean }[]>`/* unknown-payments */
    SELECT EXISTS (SELECT FROM unnest(${named}::uuid[]) AS i (id) WHERE NOT EXISTS (SELECT FROM orders o WHERE o.id = i.id))
      AS unknown`;
  return row?.unknown ?? false;
}

/** 2100: whatever the clocks say. */
const NO_END_MS = 4_102_444_800_000;
