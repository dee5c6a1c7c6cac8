import { Prisma } from '../generated/prisma/client.js';
import type { TransitionWrite } from './transition.js';

export type DeadLetterState = 'OPEN' | 'RETRIED' | 'DISCARDED';

/** How a dead letter was settled, and by whom. */
export interface Resolution {
  readonly state: Exclude<DeadLetterState, 'OPEN'>;
  /** An operator's or customer's id, or the part of the system that settled it. */
  readonly by: string;
  readonly reason: string | null;
}

/** A transition write: settles the order's open dead letter, if there is one. */
export function resolveDeadLetter({ state, by, reason }: Resolution): TransitionWrite {
  return {
    name: 'resolution',
    sql: Prisma.sql`UPDATE dead_letters SET state = ${state}::dead_letter_state, resolved_at = now(),
        resolved_by = ${by}::text, reason = ${reason}::text
      FROM moved WHERE dead_letters.order_id = moved.id AND dead_letters.state = 'OPEN'`,
  };
}
