import type { OrderStatus } from '../../orders/lifecycle.js';
import type { Database } from '../../platform/database/database.js';
import { UUID } from '../../platform/uuid.js';
import type { BookedPayment } from '../gateway-books.js';
import type { KnownOrder } from './compare-payment.js';

interface Row {
  readonly paymentId: string;
  readonly id: string;
  readonly status: OrderStatus;
  readonly version: number;
  readonly amount: number;
  readonly currency: string;
  readonly paymentIntentId: string | null;
  readonly paymentIsClosed: boolean;
  readonly wasSettledOutside: boolean;
  readonly waitsForOperator: boolean;
}

/**
 * The stored orders of payments, by the payments' ids. An order that has stored the payment comes before the one that
 * the payment names: anyone who can make a payment can name any order.
 * @throws what the database throws
 */
export async function knownOrders(
  database: Database,
  payments: readonly Pick<BookedPayment, 'id' | 'orderId'>[],
): Promise<Map<string, KnownOrder>> {
  const rows = await database.$queryRaw<Row[]>`/* orders-of-payments */
    SELECT i.payment_id AS "paymentId", o.id::text AS id, o.status, o.version, o.total_amount AS amount,
      o.currency::text AS currency, p.payment_intent_id AS "paymentIntentId",
      coalesce(p.closed, false) AS "paymentIsClosed",
      EXISTS (SELECT FROM order_events e WHERE e.order_id = o.id AND e.version = o.version
        AND e.type = 'SETTLED_OUTSIDE') AS "wasSettledOutside",
      EXISTS (SELECT FROM dead_letters d WHERE d.order_id = o.id AND d.state = 'OPEN') AS "waitsForOperator"
    FROM unnest(
      ${payments.map(({ id }) => id)}::text[],
      ${payments.map((payment) => namedOrderId(payment) ?? null)}::uuid[]
    ) AS i (payment_id, named_order_id)
    LEFT JOIN payments own ON own.payment_intent_id = i.payment_id
    JOIN orders o ON o.id = coalesce(own.order_id, i.named_order_id)
    LEFT JOIN payments p ON p.order_id = o.id`;
  return new Map(
    rows.map(({ paymentId, amount, currency, ...order }) => [
      paymentId,
      { ...order, total: { amount, currency } },
    ]),
  );
}

/** Keeps orders that payments name and that are not stored as evidence of lost commits. @throws what the database throws */
export async function noteMissingOrders(
  database: Database,
  payments: readonly Pick<BookedPayment, 'orderId'>[],
): Promise<void> {
  const ids = payments.flatMap((payment) => namedOrderId(payment) ?? []);
  if (ids.length === 0) return;
  await database.$executeRaw`/* note-missing-orders */
    INSERT INTO missing_orders (order_id, named_by)
    SELECT DISTINCT i.id, 'payment' FROM unnest(${ids}::uuid[]) AS i (id)
    WHERE NOT EXISTS (SELECT FROM orders o WHERE o.id = i.id) ORDER BY i.id
    ON CONFLICT (order_id) DO NOTHING`;
}

/** Metadata can be any text. */
function namedOrderId({ orderId }: Pick<BookedPayment, 'orderId'>): string | undefined {
  return orderId !== null && UUID.test(orderId) ? orderId : undefined;
}
