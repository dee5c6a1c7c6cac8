import { Prisma } from '../generated/prisma/client.js';
import type { Task } from '../orders/lifecycle.js';
import type { TransitionWrite } from '../orders/transition.js';
import type { Database } from '../platform/database/database.js';
import type { KeyParts } from './gateway-keys.js';
import { TASKS } from './task.js';

/** One run of a task that calls the gateway. */
export interface Attempt extends KeyParts {
  /** The random key of a row from before derived keys. */
  readonly storedKey: string | null;
  /** From 1, over the order's whole life. */
  readonly number: number;
  /** The attempts so far that count towards the limit, this one included. */
  readonly countedAttempts: number;
  /** Time since the first attempt, or since the customer paid again, in ms, by the database's clock. */
  readonly sinceFirstMs: number;
}

/** What is stored of the payment as of this attempt: the order may have been read before another worker's step. */
export interface ChargeAttempt extends Attempt {
  readonly paymentIntentId: string | null;
  readonly previousPaymentIntentId: string | null;
  /** Of an order that is paid again; null where it is the one that the order was created with. */
  readonly paymentMethod: string | null;
}

export interface AttemptOf {
  readonly CHARGE: ChargeAttempt;
  readonly REFUND: Attempt;
}

/** The payment method that the customer has chosen last. */
export function paymentMethodOf(
  order: { readonly paymentMethod: string },
  attempt: Pick<ChargeAttempt, 'paymentMethod'>,
): string {
  return attempt.paymentMethod ?? order.paymentMethod;
}

/** Only a charge has generations, and a PaymentIntent of its own to store. */
const EXTRA_COLUMNS = {
  CHARGE: Prisma.sql`generation, payment_intent_id AS "paymentIntentId",
      previous_payment_intent_id AS "previousPaymentIntentId", payment_method AS "paymentMethod"`,
  REFUND: Prisma.sql`0 AS generation`,
} as const;

/**
 * Counts a new attempt for each order.
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
    INSERT INTO ${table} AS t (order_id, attempts)
    SELECT order_id, 1 FROM unnest(${orderIds}::uuid[]) AS i (order_id) ORDER BY order_id
    ON CONFLICT (order_id) DO UPDATE SET attempts = t.attempts + 1
    RETURNING order_id::text AS "orderId", idempotency_key::text AS "storedKey", key_number AS "keyNumber",
      attempts AS number, attempts - uncounted_attempts AS "countedAttempts",
      extract(epoch FROM now() - created_at)::float8 * 1000 AS "sinceFirstMs", ${EXTRA_COLUMNS[task]}`;
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
 * Moves on from an idempotency key under which the gateway has saved an error. Safe even if the gateway did the work
 * under the old key: only a PaymentIntent whose id is stored is ever confirmed, and no more is returned than was paid.
 * @throws what the database throws
 */
export async function replaceKey(
  database: Database,
  task: Task,
  orderId: string,
  { storedKey, keyNumber }: Pick<Attempt, 'storedKey' | 'keyNumber'>,
): Promise<void> {
  const name = Prisma.raw(`replace-${task.toLowerCase()}-key`);
  await database.$executeRaw`/* ${name} */
    UPDATE ${Prisma.raw(TASKS[task].table)} SET idempotency_key = NULL,
      key_number = key_number + CASE WHEN idempotency_key IS NULL THEN 1 ELSE 0 END
    WHERE order_id = ${orderId}::uuid AND key_number = ${keyNumber}::int
      AND idempotency_key IS NOT DISTINCT FROM ${storedKey}::uuid${IS_KEY_IN_USE[task]}`;
}

/**
 * Begins a new generation of an order's payment. Only for a generation of which the gateway has said that it can never
 * succeed. Does nothing where a payment is stored, or another worker has begun the generation.
 * @throws what the database throws
 */
export async function beginGeneration(
  database: Database,
  orderId: string,
  { generation }: Pick<Attempt, 'generation'>,
): Promise<void> {
  await database.$executeRaw`/* begin-generation */
    UPDATE payments SET generation = generation + 1, key_number = 0, idempotency_key = NULL,
      previous_payment_intent_id = NULL
    WHERE order_id = ${orderId}::uuid AND generation = ${generation}::int AND payment_intent_id IS NULL`;
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
