import { Prisma } from '../generated/prisma/client.js';
import type { DeadLetterTask } from '../orders/dead-letter.js';
import type { Companion } from '../orders/transition-order.js';
import type { Database } from '../platform/database.js';

/** One visit to the gateway for an order's charge, or for the return of its money. */
export interface Attempt {
  /** Ours, stored before it is first used. */
  readonly idempotencyKey: string;
  /** From 1, over the order's whole life. */
  readonly number: number;
  /** Its place among those that count towards the limit, from 1. */
  readonly counted: number;
}

export interface ChargeAttempt extends Attempt {
  readonly paymentIntentId: string | null;
}

/** Counts a new attempt to charge. The first one also stores the key under which the PaymentIntent is created. */
export async function beginChargeAttempt(database: Database, orderId: string): Promise<ChargeAttempt> {
  const [row] = await database.$queryRaw<ChargeAttempt[]>`/* begin-charge-attempt */
    INSERT INTO payments AS p (order_id, idempotency_key, attempts)
    VALUES (${orderId}::uuid, gen_random_uuid(), 1)
    ON CONFLICT (order_id) DO UPDATE SET attempts = p.attempts + 1
    RETURNING idempotency_key::text AS "idempotencyKey", payment_intent_id AS "paymentIntentId",
      attempts AS number, attempts - uncounted_attempts AS counted`;
  if (row === undefined) throw new Error('begin-charge-attempt answered with no row');
  return row;
}

/** Counts a new attempt to return the money. The first one also stores the refund's key. */
export async function beginRefundAttempt(database: Database, orderId: string): Promise<Attempt> {
  const [row] = await database.$queryRaw<Attempt[]>`/* begin-refund-attempt */
    INSERT INTO refunds AS r (order_id, idempotency_key, attempts)
    VALUES (${orderId}::uuid, gen_random_uuid(), 1)
    ON CONFLICT (order_id) DO UPDATE SET attempts = r.attempts + 1
    RETURNING idempotency_key::text AS "idempotencyKey", attempts AS number, attempts - uncounted_attempts AS counted`;
  if (row === undefined) throw new Error('begin-refund-attempt answered with no row');
  return row;
}

/**
 * Stores the PaymentIntent's id while the order is being charged, unless another worker stored one first.
 * It locks the order's row, so that a cancellation comes either before it (then nothing is stored, and nothing
 * may be confirmed) or after it (then the id is seen).
 * @returns the id that is stored; only that one may be confirmed; undefined where the charge is off
 */
export async function storePaymentIntentId(
  database: Database,
  orderId: string,
  id: string,
): Promise<string | undefined> {
  const [row] = await database.$queryRaw<{ id: string }[]>`/* store-payment-intent */
    WITH charged AS (
      SELECT id FROM orders WHERE id = ${orderId}::uuid AND status = 'PAYMENT_PROCESSING' FOR SHARE
    )
    UPDATE payments p SET payment_intent_id = coalesce(p.payment_intent_id, ${id}::text)
    FROM charged WHERE p.order_id = charged.id RETURNING p.payment_intent_id AS id`;
  return row?.id;
}

/**
 * Makes a new key where the gateway has saved an error under the old one and would only repeat it. A
 * PaymentIntent that the gateway made all the same is never confirmed: only one whose id is stored is.
 */
export async function replaceChargeKey(database: Database, orderId: string, spentKey: string): Promise<void> {
  await database.$executeRaw`/* replace-charge-key */
    UPDATE payments SET idempotency_key = gen_random_uuid()
    WHERE order_id = ${orderId}::uuid AND idempotency_key = ${spentKey}::uuid AND payment_intent_id IS NULL`;
}

/** As replaceChargeKey, for the refund. The gateway never returns more than was paid, whatever the key. */
export async function replaceRefundKey(database: Database, orderId: string, spentKey: string): Promise<void> {
  await database.$executeRaw`/* replace-refund-key */
    UPDATE refunds SET idempotency_key = gen_random_uuid()
    WHERE order_id = ${orderId}::uuid AND idempotency_key = ${spentKey}::uuid`;
}

const TABLES: Readonly<Record<DeadLetterTask, string>> = { CHARGE: 'payments', REFUND: 'refunds' };

/** Together with a transition: the attempt under way doesn't count towards the limit. */
export function uncountedAttempt(task: DeadLetterTask): Companion {
  const table = Prisma.raw(TABLES[task]);
  return {
    name: `uncounted-${task.toLowerCase()}`,
    sql: Prisma.sql`UPDATE ${table} t SET uncounted_attempts = t.uncounted_attempts + 1
      FROM moved WHERE t.order_id = moved.id`,
  };
}

/** Together with a transition: no attempt made so far counts towards the limit any more. */
export function freshAttempts(task: DeadLetterTask): Companion {
  const table = Prisma.raw(TABLES[task]);
  return {
    name: `fresh-${task.toLowerCase()}`,
    sql: Prisma.sql`UPDATE ${table} t SET uncounted_attempts = t.attempts FROM moved WHERE t.order_id = moved.id`,
  };
}
