import { Prisma } from '../generated/prisma/client.js';
import type { OrderStatus } from './order-status.js';
import { log } from '../platform/logger.js';
import type { Actor, Companion, OrderTransitions } from './transition-order.js';

export type DeadLetterTask = 'CHARGE' | 'REFUND';
export type DeadLetterState = 'OPEN' | 'RETRIED' | 'DISCARDED';

/** Who settled a dead letter, and how. */
export interface Resolution {
  readonly state: Exclude<DeadLetterState, 'OPEN'>;
  /** A caller's id, or the part of the system that did it. */
  readonly by: string;
  readonly reason: string | null;
}

/** The work that an order in `status` waits for; undefined where none is due. */
export function taskIn(status: OrderStatus): DeadLetterTask | undefined {
  switch (status) {
    case 'PENDING':
    case 'PAYMENT_PROCESSING':
      return 'CHARGE';
    case 'CANCELLING':
      return 'REFUND';
    case 'CONFIRMED':
    case 'PAYMENT_FAILED':
    case 'CANCELLED':
      return undefined;
  }
}

/** What the customer is told with DEAD_LETTERED; why is for operators. */
const GIVEN_UP: Readonly<Record<DeadLetterTask, string>> = {
  CHARGE: 'The payment could not be completed automatically. The shop is looking into it.',
  REFUND: 'The money could not be returned automatically. The shop is looking into it.',
};

/** Work that an operator has to decide on. */
export interface NewDeadLetter {
  readonly task: DeadLetterTask;
  readonly attempts: number;
  /** One plain sentence for operators. */
  readonly why: string;
  readonly actor: Actor;
}

/**
 * Opens a dead letter for the order's work, with its event: no attempt is made until an operator says so.
 * @param companions what else is written with it
 * @returns the order's new version; undefined where the order has moved on, and nothing was written
 */
export async function openDeadLetter(
  transitions: OrderTransitions,
  order: { readonly id: string; readonly status: OrderStatus; readonly version: number },
  { task, attempts, why, actor }: NewDeadLetter,
  companions: readonly Companion[] = [],
): Promise<number | undefined> {
  log.error({ orderId: order.id, task, attempts, why }, 'dead letter');
  const letter = {
    name: 'dead-letter',
    sql: Prisma.sql`INSERT INTO dead_letters (order_id, task, attempts, error)
      SELECT moved.id, ${task}::dead_letter_task, ${attempts}::int, ${why}::text FROM moved`,
  };
  return transitions.apply(
    {
      orderId: order.id,
      type: 'DEAD_LETTERED',
      from: order,
      actor,
      detail: GIVEN_UP[task],
      note: why,
      waitsForOperator: true,
    },
    [letter, ...companions],
  );
}

/** Settles the order's open dead letter, if it has one, together with what settles it. */
export function resolveDeadLetter({ state, by, reason }: Resolution): Companion {
  return {
    name: 'resolution',
    sql: Prisma.sql`UPDATE dead_letters SET state = ${state}::dead_letter_state, resolved_at = now(),
        resolved_by = ${by}::text, reason = ${reason}::text
      FROM moved WHERE dead_letters.order_id = moved.id AND dead_letters.state = 'OPEN'`,
  };
}
