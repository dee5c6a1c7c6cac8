import { Prisma } from '../generated/prisma/client.js';
import type { Task } from '../orders/lifecycle.js';
import type { TransitionWrite } from '../orders/transition.js';
import type { Database } from '../platform/database/database.js';
import { TASKS } from './task.js';

/** One run of a task that calls the gateway. */
export interface Attempt {
  /** For the gateway; stored before it is first used. */
  readonly idempotencyKey: string;
  /** From 1, over the order's whole life. */
  readonly number: number;
  /** The attempts so far that count towards the limit, this one included. */
  readonly countedAttempts: number;
}

export interface ChargeAttempt extends Attempt {
  readonly paymentIntentId: string | null;
}

export interface AttemptOf {
  readonly CHARGE: ChargeAttempt;
  readonly REFUND: Attempt;
}

/** Only a charge has a PaymentIntent of its own to store. */
const EXTRA_COLUMNS = {
  CHARGE: Prisma.sql`, payment_intent_id AS "paymentIntentId"`,
  REFUND: Prisma.empty,
} as const;

/**
 * Counts a new attempt for each order. The first one also stores the idempotency key.
 * @returns one attempt for each id, in the order of the ids
 * @throws what the database throws
 */
export async function beginAttempts<SomeTask extends Task>(
  database: Database,
  task: SomeTask,
  orderIds: readonly string[],
): Promise<AttemptOf[SomeTask][]> {
  const name = Prisma.raw(`begin-${task.toLowerCase()}-attempt`);
  const table = Prisma.raw(TASKS[task].table);
  const statement = Prisma.sql`/* ${name} */
    INSERT INTO ${table} AS t (order_id, idempotency_key, attempts)
    SELECT order_id, gen_random_uuid(), 1 FROM unnest(${orderIds}::uuid[]) AS i (order_id) ORDER BY order_id
    ON CONFLICT (order_id) DO UPDATE SET attempts = t.attempts + 1
    RETURNING order_id::text AS "orderId", idempotency_key::text AS "idempotencyKey",
      attempts AS number, attempts - uncounted_attempts AS "countedAttempts"${EXTRA_COLUMNS[task]}`;
  const rows = await database.$queryRaw<(AttemptOf[SomeTask] & { orderId: string })[]>(statement);
  const byOrder = new Map(rows.map((row) => [row.orderId, row]));
  return orderIds.map((orderId) => {
    const attempt = byOrder.get(orderId);
    if (attempt === undefined) throw new Error(`begin-${task.toLowerCase()}-attempt returned no row`);
    return attempt;
  });
}

/** A payment whose PaymentIntent is stored is looked up by its id, and needs no other key. */
const IS_KEY_IN_USE = {
  CHARGE: Prisma.sql` AND payment_intent_id IS NULL`,
  REFUND: Prisma.empty,
} as const;

/**
 * Replaces an idempotency key under which the gateway has saved an error. Safe even if the gateway did the work under
 * the old key: only a PaymentIntent whose id is stored is ever confirmed, and no more is returned than was paid.
 * @throws what the database throws
 */
export async function replaceKey(
  database: Database,
  task: Task,
  orderId: string,
  consumedKey: string,
): Promise<void> {
  const name = Prisma.raw(`replace-${task.toLowerCase()}-key`);
  await database.$executeRaw`/* ${name} */
    UPDATE ${Prisma.raw(TASKS[task].table)} SET idempotency_key = gen_random_uuid()
    WHERE order_id = ${orderId}::uuid AND idempotency_key = ${consumedKey}::uuid${IS_KEY_IN_USE[task]}`;
}

/** A transition write: the current attempt does not count towards the limit. */
export function excludeAttempt(task: Task): TransitionWrite {
  return {
    name: `uncounted-${task.toLowerCase()}`,
    sql: Prisma.sql`UPDATE ${Prisma.raw(TASKS[task].table)} t SET uncounted_attempts = t.uncounted_attempts + 1
      FROM moved WHERE t.order_id = moved.id`,
  };
}

/** A transition write: none of the attempts so far counts towards the limit any more. Opens a closed payment again. */
export function resetAttempts(task: Task): TransitionWrite {
  const reopen = task === 'CHARGE' ? Prisma.sql`, closed = false` : Prisma.empty;
  return {
    name: `fresh-${task.toLowerCase()}`,
    sql: Prisma.sql`UPDATE ${Prisma.raw(TASKS[task].table)} t SET uncounted_attempts = t.attempts${reopen} FROM moved
      WHERE t.order_id = moved.id`,
  };
}
