import type { Database } from '../../platform/database/database.js';
import type { BookedPayment } from '../gateway-books.js';
import { heldOf, RECONCILIATION } from './discrepancy.js';

/**
 * Keeps payments that no order has stored and that hold no money, as closed discrepancies: they were returned, or may
 * still be taken. Their order, or one that is repeated, finds them by its key, however late, and makes no payment beside
 * them.
 * @throws what the database throws
 */
export async function noteLostPayments(
  database: Database,
  payments: readonly BookedPayment[],
): Promise<void> {
  const lost = payments.filter(
    (payment) => payment.orderKey !== null && payment.status !== 'cancelled' && heldOf(payment) === 0,
  );
  if (lost.length === 0) return;
  await database.$executeRaw`/* note-lost-payments */
    INSERT INTO payment_discrepancies (kind, state, gateway_payment_id, order_key, detail, resolved_at, resolved_by, reason)
    SELECT 'ORPHAN_PAYMENT', 'RESOLVED', l.payment_id, l.order_key,
      'No order has stored the payment, and the gateway holds none of it.',
      now(), ${RECONCILIATION}::text, 'No money is held.'
    FROM unnest(
      ${lost.map(({ id }) => id)}::text[], ${lost.map(({ orderKey }) => orderKey)}::text[]
    ) AS l (payment_id, order_key)
    WHERE NOT EXISTS (SELECT FROM payment_discrepancies d WHERE d.gateway_payment_id = l.payment_id)`;
}
