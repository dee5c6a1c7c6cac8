import { Injectable } from '@nestjs/common';
import { auditEntry } from '../../audit/audit-entry.js';
import { Prisma } from '../../generated/prisma/client.js';
import { statusAfter } from '../../orders/lifecycle.js';
import type { TransitionWrite } from '../../orders/transition.js';
import { OrderTransitions } from '../../orders/transition-order.js';
import { Database } from '../../platform/database/database.js';
import { RESOLVED_DETAIL } from './close-discrepancy.js';
import { type Decision, RESOLVE_DISCREPANCY } from './decision.js';
import type { DiscrepancyCase } from './discrepancy-queries.js';

/** Open, and nobody has decided to return its money. */
const IS_UNDECIDED = Prisma.sql`d.state = 'OPEN' AND d.refund_by IS NULL`;

/** Closes an undecided discrepancy as it is, with its audit log entry in the same statement. */
@Injectable()
export class AcceptDiscrepancy {
  constructor(
    private readonly database: Database,
    private readonly transitions: OrderTransitions,
  ) {}

  /**
   * Where the order's history tells of discrepancies, its event is in the same statement too.
   * @returns false where the discrepancy or its order has changed since it was read; nothing was written then
   * @throws what the database throws; the same call again settles it
   */
  async run(found: DiscrepancyCase, { by, reason }: Decision): Promise<boolean> {
    const { id, kind, gatewayPaymentId, order } = found;
    const detail = `ACCEPT closed the ${kind} of payment ${gatewayPaymentId}; no money was moved.`;
    const entry = auditEntry({ actor: by, action: RESOLVE_DISCREPANCY, target: id, reason, detail });
    const closed = Prisma.sql`UPDATE payment_discrepancies d SET state = 'RESOLVED', resolved_at = now(),
        resolved_by = ${by}::text, reason = ${reason}::text`;
    const type = 'DISCREPANCY_RESOLVED';
    if (order !== null && statusAfter(type, order.status) !== undefined) {
      const version = await this.transitions.apply(
        {
          orderId: order.id,
          type,
          from: order,
          actor: `operator:${by}`,
          detail: RESOLVED_DETAIL,
          note: reason,
        },
        [acceptance(closed, id), entry],
      );
      return version !== undefined;
    }
    const rows = await this.database.$queryRaw<unknown[]>`/* accept-discrepancy */
      WITH moved AS (${closed} WHERE ${IS_UNDECIDED} AND d.id = ${id}::uuid RETURNING d.id), audit AS (${entry.sql})
      SELECT id FROM moved`;
    return rows.length > 0;
  }
}

function acceptance(closed: Prisma.Sql, id: string): TransitionWrite {
  return {
    name: 'acceptance',
    sql: Prisma.sql`${closed} FROM moved WHERE d.id = ${id}::uuid`,
    // The decision to refund leaves the order's version as it is, so the version alone does not tell of it.
    onlyWhere: Prisma.sql`SELECT FROM payment_discrepancies d WHERE ${IS_UNDECIDED} AND d.id = ${id}::uuid FOR UPDATE`,
  };
}
