import { Prisma } from '../generated/prisma/client.js';
import { mayTakeMoney, ORDER_STATUSES, type Task } from '../orders/lifecycle.js';
import type { TransitionWrite } from '../orders/transition-order.js';
import type { Database } from '../platform/database/database.js';
import { TASKS } from './task.js';

/** Statuses in which a payment may be confirmed. */
const CHARGING = ORDER_STATUSES.filter(mayTakeMoney);

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

/** Counts a new attempt to charge each order. The first one also stores the key under which the PaymentIntent is created. */
export async function beginChargeAttempts(
  database: Database,
  orderIds: readonly string[],
): Promise<ChargeAttempt[]> {
  const rows = await database.$queryRaw<(ChargeAttempt & { orderId: string })[]>`/* begin-charge-attempt */
    INSERT INTO payments AS p (order_id, idempotency_key, attempts)
    SELECT order_id, gen_random_uuid(), 1 FROM unnest(${orderIds}::uuid[]) AS i (order_id) ORDER BY order_id
    ON CONFLICT (order_id) DO UPDATE SET attempts = p.attempts + 1
    RETURNING order_id::text AS "orderId", idempotency_key::text AS "idempotencyKey",
      payment_intent_id AS "paymentIntentId", attempts AS number, attempts - uncounted_attempts AS counted`;
  const byOrder = new Map(rows.map(({ orderId, ...attempt }) => [orderId, attempt]));
  return orderIds.map((orderId) => {
    const attempt = byOrder.get(orderId);
    if (attempt === undefined) throw new Error('begin-charge-attempt answered without a row');
    return attempt;
  });
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

/** A PaymentIntent that the gateway has made for an order. */
export interface PreparedPayment {
  readonly orderId: string;
  readonly paymentIntentId: string;
}

/**
 * Stores each PaymentIntent's id while its order is being charged, unless another worker stored one first.
 * It locks the orders' rows, so that a cancellation comes either before it (then nothing is stored, and nothing
 * may be confirmed) or after it (then the id is seen).
 * @returns for each the id that is stored; only that one may be confirmed; undefined where the charge is off
 */
export async function storePaymentIntentIds(
  database: Database,
  prepared: readonly PreparedPayment[],
): Promise<(string | undefined)[]> {
  const rows = await database.$queryRaw<PreparedPayment[]>`/* store-payment-intent */
    WITH charged AS (
      SELECT o.id, i.payment_intent_id FROM unnest(
        ${prepared.map(({ orderId }) => orderId)}::uuid[],
        ${prepared.map(({ paymentIntentId }) => paymentIntentId)}::text[]
      ) AS i (order_id, payment_intent_id) JOIN orders o ON o.id = i.order_id
      WHERE o.status = ANY (${CHARGING}::order_status[]) ORDER BY o.id FOR SHARE OF o
    )
    UPDATE payments p SET payment_intent_id = coalesce(p.payment_intent_id, charged.payment_intent_id)
    FROM charged WHERE p.order_id = charged.id AND NOT p.closed
    RETURNING p.order_id::text AS "orderId", p.payment_intent_id AS "paymentIntentId"`;
  const stored = new Map(rows.map(({ orderId, paymentIntentId }) => [orderId, paymentIntentId]));
  return prepared.map(({ orderId }) => stored.get(orderId));
}

/**
 * After the gateway has refused to make a payment for the order: no PaymentIntent's id is stored from now on, so that
 * none is confirmed by a worker that is late and fares better.
 * @returns undefined; or the id that was stored before, which is then the payment that counts
 */
export async function closePayment(database: Database, orderId: string): Promise<string | undefined> {
  const [row] = await database.$queryRaw<{ paymentIntentId: string | null }[]>`/* close-payment */
    UPDATE payments SET closed = payment_intent_id IS NULL WHERE order_id = ${orderId}::uuid
    RETURNING payment_intent_id AS "paymentIntentId"`;
  return row?.paymentIntentId ?? undefined;
}

/**
 * Makes a new key where the gateway has saved an error under the old one and would only repeat it. A
 * PaymentIntent that the gateway made all the same is never confirmed: only one whose id is stored is.
 */
export async function replaceChargeKey(
  database: Database,
  orderId: string,
  consumedKey: string,
): Promise<void> {
  await database.$executeRaw`/* replace-charge-key */
    UPDATE payments SET idempotency_key = gen_random_uuid()
    WHERE order_id = ${orderId}::uuid AND idempotency_key = ${consumedKey}::uuid AND payment_intent_id IS NULL`;
}

/**
 * Together with a transition: the history says from now on that the money is on its way back. To ask how far it is
 * counts towards no limit.
 */
export function refundPending(): TransitionWrite {
  return {
    name: 'refund-pending',
    sql: Prisma.sql`UPDATE refunds r SET pending_since = now(), uncounted_attempts = r.uncounted_attempts + 1
      FROM moved WHERE r.order_id = moved.id`,
  };
}

/** The refund is pending still: without another event, recovery sends the order's work on its way again later. */
export async function pauseRefund(
  database: Database,
  order: { readonly id: string; readonly version: number },
  pauseMs: number,
): Promise<void> {
  await database.$executeRaw`/* pause-refund */
    WITH paused AS (
      UPDATE orders SET recover_after = now() + ${pauseMs}::int * interval '1 millisecond'
      WHERE id = ${order.id}::uuid AND version = ${order.version}::int RETURNING id
    )
    UPDATE refunds r SET uncounted_attempts = r.uncounted_attempts + 1 FROM paused WHERE r.order_id = paused.id`;
}

/** As replaceChargeKey, for the refund. The gateway never returns more than was paid, whatever the key. */
export async function replaceRefundKey(
  database: Database,
  orderId: string,
  consumedKey: string,
): Promise<void> {
  await database.$executeRaw`/* replace-refund-key */
    UPDATE refunds SET idempotency_key = gen_random_uuid()
    WHERE order_id = ${orderId}::uuid AND idempotency_key = ${consumedKey}::uuid`;
}

/** Together with a transition: the attempt under way doesn't count towards the limit. */
export function uncountedAttempt(task: Task): TransitionWrite {
  const table = Prisma.raw(TASKS[task].table);
  return {
    name: `uncounted-${task.toLowerCase()}`,
    sql: Prisma.sql`UPDATE ${table} t SET uncounted_attempts = t.uncounted_attempts + 1
      FROM moved WHERE t.order_id = moved.id`,
  };
}

/** Together with a transition: no attempt made so far counts towards the limit any more. */
export function freshAttempts(task: Task): TransitionWrite {
  const table = Prisma.raw(TASKS[task].table);
  const reopened = task === 'CHARGE' ? Prisma.sql`, closed = false` : Prisma.empty;
  return {
    name: `fresh-${task.toLowerCase()}`,
    sql: Prisma.sql`UPDATE ${table} t SET uncounted_attempts = t.attempts${reopened} FROM moved
      WHERE t.order_id = moved.id`,
  };
}
