import { Prisma } from '../generated/prisma/client.js';
import type { TransitionWrite } from '../orders/transition.js';

/** A transition write: reconciliation compares the payment soon. One that it compares right now is compared again. */
export function reconcileHint(paymentIntentId: string): TransitionWrite {
  return {
    name: 'hint',
    sql: Prisma.sql`INSERT INTO reconcile_hints (payment_intent_id)
      SELECT ${paymentIntentId}::text FROM moved
      ON CONFLICT (payment_intent_id) DO UPDATE SET noted_at = clock_timestamp()`,
  };
}
