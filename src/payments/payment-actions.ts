import { STATUSES_WAITING_FOR_CUSTOMER } from '../orders/lifecycle.js';
import type { Database } from '../platform/database/database.js';

/** What a customer's browser needs to authenticate a payment. */
export interface PaymentAction {
  /** For the order's customer alone. */
  readonly clientSecret: string;
  readonly expiresAt: Date;
}

/** By order id; orders that need no action are missing. @throws what the database throws */
export async function paymentActions(
  database: Database,
  orderIds: readonly string[],
): Promise<Map<string, PaymentAction>> {
  const rows = await database.$queryRaw<(PaymentAction & { orderId: string })[]>`/* payment-actions */
    SELECT p.order_id::text AS "orderId", p.action_client_secret AS "clientSecret", p.action_expires_at AS "expiresAt"
    FROM payments p JOIN orders o ON o.id = p.order_id
    WHERE p.order_id = ANY (${orderIds}::uuid[]) AND o.status = ANY (${STATUSES_WAITING_FOR_CUSTOMER}::order_status[])
      AND p.action_client_secret IS NOT NULL AND p.action_expires_at IS NOT NULL`;
  return new Map(rows.map(({ orderId, ...action }) => [orderId, action]));
}
