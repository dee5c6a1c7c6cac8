import { Prisma } from '../generated/prisma/client.js';
import type { OrderStatus } from './order-status.js';
import type { Companion } from './transition-order.js';

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
export const GIVEN_UP: Readonly<Record<DeadLetterTask, string>> = {
  CHARGE: 'The payment could not be completed automatically. The shop is looking into it.',
  REFUND: 'The money could not be returned automatically. The shop is looking into it.',
};

/** Together with DEAD_LETTERED: the dead letter that an operator will see. */
export function openDeadLetter(letter: {
  readonly task: DeadLetterTask;
  readonly attempts: number;
  /** One plain sentence, safe to show. */
  readonly error: string;
}): Companion {
  return {
    name: 'dead-letter',
    sql: Prisma.sql`INSERT INTO dead_letters (order_id, task, attempts, error)
      SELECT moved.id, ${letter.task}::dead_letter_task, ${letter.attempts}::int, ${letter.error}::text FROM moved`,
  };
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
