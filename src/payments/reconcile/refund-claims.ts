import { Prisma } from '../../generated/prisma/client.js';
import { countsOnPayment, ORDER_STATUSES } from '../../orders/lifecycle.js';
import type { TransitionWrite } from '../../orders/transition.js';
import type { Database } from '../../platform/database/database.js';
import type { DiscrepancyState } from './discrepancy.js';

/** A discrepancy with the decision to return its payment; `refundBy` is null where nobody has decided yet. */
export interface ClaimedRefund {
  readonly id: string;
  readonly paymentId: string;
  readonly state: DiscrepancyState;
  readonly refundBy: string | null;
  readonly refundReason: string | null;
  /** Part of the key for the gateway. */
  readonly keyNumber: number;
}

export interface NewClaim {
  readonly by: string;
  readonly reason: string;
  readonly writes: readonly TransitionWrite[];
}

const COUNTING = ORDER_STATUSES.filter(countsOnPayment);

/** Who returns the payment of a discrepancy. One decision at a time. */
export class RefundClaims {
  constructor(private readonly database: Database) {}

  async find(id: string): Promise<ClaimedRefund | undefined> {
    const [found] = await this.database.$queryRaw<ClaimedRefund[]>`/* find-refund-claim */
      SELECT id::text AS id, gateway_payment_id AS "paymentId", state, refund_by AS "refundBy",
        refund_reason AS "refundReason", refund_key_number AS "keyNumber"
      FROM payment_discrepancies WHERE id = ${id}::uuid`;
    return found;
  }

  /** @returns false where it is no longer open, somebody else was first, or an order counts on the payment by now */
  async claim(id: string, { by, reason, writes }: NewClaim): Promise<boolean> {
    const name = Prisma.raw(['claim-refund', ...writes.map((write) => write.name)].join('-with-'));
    const clauses = writes.map(
      (write) => Prisma.sql`, ${Prisma.raw(write.name.replaceAll('-', '_'))} AS (${write.sql})`,
    );
    return this.database.$transaction(async (transaction) => {
      // Only a statement that begins with the lock sees whether an order has taken the payment over before.
      await transaction.$executeRaw`/* lock-discrepancy */
        SELECT FROM payment_discrepancies WHERE id = ${id}::uuid FOR UPDATE`;
      const rows = await transaction.$queryRaw<unknown[]>`/* ${name} */
        WITH moved AS (
          UPDATE payment_discrepancies d SET refund_by = ${by}::text, refund_reason = ${reason}::text
          WHERE id = ${id}::uuid AND state = 'OPEN' AND refund_by IS NULL AND NOT EXISTS (
            SELECT FROM payments p JOIN orders o ON o.id = p.order_id
            WHERE p.payment_intent_id = d.gateway_payment_id AND o.status = ANY (${COUNTING}::order_status[])
          ) AND NOT EXISTS (
            SELECT FROM orders o
            WHERE o.id = d.order_id AND d.kind = 'AMOUNT_MISMATCH' AND o.status = ANY (${COUNTING}::order_status[])
          ) RETURNING id
        )${clauses.length === 0 ? Prisma.empty : Prisma.join(clauses, '')}
        SELECT id FROM moved`;
      return rows.length > 0;
    });
  }

  /** Opens the decision again. */
  async release(id: string): Promise<void> {
    await this.database.$executeRaw`/* release-refund */
      UPDATE payment_discrepancies SET refund_by = NULL, refund_reason = NULL
      WHERE id = ${id}::uuid AND state = 'OPEN'`;
  }

  /** The next refund gets another key. */
  async consumeKey(id: string, keyNumber: number): Promise<void> {
    await this.database.$executeRaw`/* consume-refund-key */
      UPDATE payment_discrepancies SET refund_key_number = refund_key_number + 1
      WHERE id = ${id}::uuid AND refund_key_number = ${keyNumber}::int`;
  }
}
