import { type OrderStatus, STATUSES } from '../../orders/lifecycle.js';
import type { Database } from '../../platform/database/database.js';
import { log } from '../../platform/observability/logger.js';
import type { GatewayBooks } from '../gateway-books.js';
import { heldOf, RECONCILIATION } from './discrepancy.js';
import type { RefundDiscrepancy } from './refund-discrepancy.js';
import type { DueDiscrepancy } from './stored-discrepancies.js';

interface PaidOrder {
  readonly status: OrderStatus;
  readonly amount: number;
  readonly currency: string;
  readonly paymentIntentId: string | null;
}

const REASON = 'It was a second payment of a confirmed order whose first payment stands.';

/**
 * The only money that reconciliation moves by itself: the second payment of a confirmed order. The customer owes it to
 * nobody, as long as the first payment stands: all of it is held, and no bank has asked for it.
 */
export class ReturnDoublePayment {
  constructor(
    private readonly database: Database,
    private readonly books: GatewayBooks,
    private readonly refundDiscrepancy: RefundDiscrepancy,
  ) {}

  /**
   * Does nothing where the rule does not apply: an operator decides then.
   * @throws GatewayUnavailableError, RefundRefusedError, and what the database throws; the same call again settles it
   */
  async run({ id, kind, paymentId, orderId }: DueDiscrepancy): Promise<void> {
    if (kind !== 'DOUBLE_PAYMENT' || orderId === null || !(await this.isPaidBefore(orderId, paymentId)))
      return;
    const outcome = await this.refundDiscrepancy.run({ id }, RECONCILIATION, REASON);
    log.warn({ orderId, paymentId, outcome }, 'a second payment is returned');
  }

  private async isPaidBefore(orderId: string, paymentId: string): Promise<boolean> {
    const [order] = await this.database.$queryRaw<PaidOrder[]>`/* paid-order */
      SELECT o.status, o.total_amount AS amount, o.currency::text AS currency, p.payment_intent_id AS "paymentIntentId"
      FROM orders o JOIN payments p ON p.order_id = o.id WHERE o.id = ${orderId}::uuid`;
    if (order === undefined || STATUSES[order.status].money !== 'taken') return false;
    const { paymentIntentId, amount, currency } = order;
    if (paymentIntentId === null || paymentIntentId === paymentId) return false;
    const first = await this.books.retrieve(paymentIntentId);
    if (first.status === 'unknown') return false;
    const isUndisputed = first.dispute === 'none' || first.dispute === 'won';
    return isUndisputed && heldOf(first) === amount && first.total.currency === currency;
  }
}
