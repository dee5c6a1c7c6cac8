import { Prisma } from '../../generated/prisma/client.js';
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

  /** @returns false where it is no longer open, or somebody else was first */
  async claim(id: string, { by, reason, writes }: NewClaim): Promise<boolean> {
    const name = Prisma.raw(['claim-refund', ...writes.map((write) => write.name)].join('-with-'));
    const clauses = writes.map(
      (write) => Prisma.sql`, ${Prisma.raw(write.name.replaceAll('-', '_'))} AS (${write.sql})`,
    );
    const rows = await this.database.$queryRaw<unknown[]>`/* ${name} */
      WITH moved AS (
        UPDATE payment_discrepancies SET refund_by = ${by}::text, refund_reason = ${reason}::text
        WHERE id = ${id}::uuid AND state = 'OPEN' AND refund_by IS NULL RETURNING id
      )${clauses.length === 0 ? Prisma.empty : Prisma.join(clauses, '')}
      SELECT id FROM moved`;
    return rows.length > 0;
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
