import { Prisma } from '../../generated/prisma/client.js';
import type { Database } from '../../platform/database/database.js';
import type { TransitionWrite } from '../transition.js';

/** A call of payOrder, as its customer may repeat it. */
export interface PayRequest {
  /** The caller's id: keys of different callers have nothing to do with each other. */
  readonly customerId: string;
  readonly idempotencyKey: string;
  readonly orderId: string;
  readonly paymentMethod: string;
}

export type StoredPayRequest = Pick<PayRequest, 'orderId' | 'paymentMethod'>;

/**
 * A transition write: stores the request with its effect.
 * @throws a unique violation where the key was used meanwhile
 */
export function storePayRequest(request: PayRequest): TransitionWrite {
  const { customerId, idempotencyKey, orderId, paymentMethod } = request;
  return {
    name: 'pay-request',
    sql: Prisma.sql`INSERT INTO pay_requests (customer_id, idempotency_key, order_id, payment_method)
      SELECT ${customerId}::text, ${idempotencyKey}::text, ${orderId}::uuid, ${paymentMethod}::text FROM moved`,
  };
}

/**
 * A transition write: the worker makes the next payment with this method, after it has cancelled the one before. None of
 * the attempts so far counts any more.
 */
export function openPaymentAgain(paymentMethod: string): TransitionWrite {
  return {
    name: 'payment',
    sql: Prisma.sql`INSERT INTO payments AS p (order_id, payment_method) SELECT moved.id, ${paymentMethod}::text FROM moved
      ON CONFLICT (order_id) DO UPDATE SET payment_method = excluded.payment_method,
        previous_payment_intent_id = coalesce(p.payment_intent_id, p.previous_payment_intent_id),
        payment_intent_id = NULL, uncounted_attempts = p.attempts, created_at = excluded.created_at,
        -- A payment that the gateway has refused to make can never succeed.
        generation = p.generation + p.closed::int, key_number = p.key_number * (NOT p.closed)::int, closed = false,
        action_client_secret = NULL, action_expires_at = NULL`,
  };
}

/** @throws what the database throws */
export async function findPayRequest(
  database: Database,
  { customerId, idempotencyKey }: Pick<PayRequest, 'customerId' | 'idempotencyKey'>,
): Promise<StoredPayRequest | undefined> {
  const stored = await database.payRequest.findUnique({
    where: { customerId_idempotencyKey: { customerId, idempotencyKey } },
    select: { orderId: true, paymentMethod: true },
  });
  return stored ?? undefined;
}
