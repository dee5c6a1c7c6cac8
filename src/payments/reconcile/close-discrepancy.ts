import { Prisma } from '../../generated/prisma/client.js';
import { ORDER_STATUSES, type OrderStatus, statusAfter } from '../../orders/lifecycle.js';
import { retryOnConflict } from '../../orders/retry-on-conflict.js';
import type { Actor } from '../../orders/transition.js';
import type { OrderTransitions } from '../../orders/transition-order.js';
import type { Database } from '../../platform/database/database.js';
import { type DiscrepancyState, RECONCILIATION } from './discrepancy.js';

/** Statuses in which the order's history tells of discrepancies. */
const TELLING = ORDER_STATUSES.filter((status) => statusAfter('DISCREPANCY_RESOLVED', status) !== undefined);

/** What a customer reads in the order's history. */
export const RESOLVED_DETAIL = 'The payment of this order was checked, and what was unclear is settled.';

export interface Closing {
  /** The operator, or reconciliation. */
  readonly by: string;
  /** One plain sentence for operators, or an operator's own words. */
  readonly reason: string;
}

interface Standing {
  readonly state: DiscrepancyState;
  /** Null for an orphan. */
  readonly orderId: string | null;
  readonly status: OrderStatus | null;
  readonly version: number | null;
}

/** Closes open discrepancies. Where the order's history tells of them, the event is in the same statement. */
export class CloseDiscrepancy {
  constructor(
    private readonly database: Database,
    private readonly transitions: OrderTransitions,
  ) {}

  /**
   * @returns whether this call has closed it; false where it was closed before
   * @throws what the database throws, and TooManyConflictsError; the same call again settles it
   */
  async run(id: string, closing: Closing): Promise<boolean> {
    return retryOnConflict('closing a discrepancy', async () => {
      const found = await this.standingOf(id);
      if (found?.state !== 'OPEN') return false;
      const { orderId, status, version } = found;
      if (orderId === null || status === null || version === null || !TELLING.includes(status))
        return (await this.closeQuietly(id, closing)) ? true : undefined;
      const closed = await this.transitions.apply(
        {
          orderId,
          type: 'DISCREPANCY_RESOLVED',
          from: { status, version },
          actor: actorOf(closing.by),
          detail: RESOLVED_DETAIL,
          note: closing.reason,
        },
        [closingWrite(id, closing)],
      );
      return closed === undefined ? undefined : true;
    });
  }

  private async standingOf(id: string): Promise<Standing | undefined> {
    const [row] = await this.database.$queryRaw<Standing[]>`/* find-discrepancy */
      SELECT d.state, o.id::text AS "orderId", o.status, o.version
      FROM payment_discrepancies d LEFT JOIN orders o ON o.id = d.order_id WHERE d.id = ${id}::uuid`;
    return row;
  }

  /**
   * Without an event. Locks the order's row: it may come into a telling status at the same time.
   * @returns whether it was closed
   */
  private async closeQuietly(id: string, { by, reason }: Closing): Promise<boolean> {
    const closed = await this.database.$executeRaw`/* close-discrepancy */
      WITH quiet AS (
        SELECT o.id FROM orders o JOIN payment_discrepancies d ON d.order_id = o.id
        WHERE d.id = ${id}::uuid AND o.status <> ALL (${TELLING}::order_status[]) FOR SHARE OF o
      )
      UPDATE payment_discrepancies SET state = 'RESOLVED', resolved_at = now(), checked_at = now(),
        resolved_by = ${by}::text, reason = ${reason}::text
      WHERE id = ${id}::uuid AND state = 'OPEN' AND (order_id IS NULL OR order_id IN (SELECT id FROM quiet))`;
    return closed > 0;
  }
}

/** While the order has the version that was read, nobody else has closed it: that would have been an event, too. */
function closingWrite(id: string, { by, reason }: Closing) {
  return {
    name: 'closed-discrepancy',
    sql: Prisma.sql`UPDATE payment_discrepancies SET state = 'RESOLVED', resolved_at = now(), checked_at = now(),
        resolved_by = ${by}::text, reason = ${reason}::text
      FROM moved WHERE payment_discrepancies.id = ${id}::uuid AND state = 'OPEN'`,
  };
}

function actorOf(by: string): Actor {
  return by === RECONCILIATION ? 'recovery' : `operator:${by}`;
}
