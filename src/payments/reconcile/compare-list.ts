import { ORDER_STATUSES, STATUSES } from '../../orders/lifecycle.js';
import type { Database } from '../../platform/database/database.js';
import type { BookedPayment, BookWindow, ChangedPayment, GatewayBooks } from '../gateway-books.js';
import type { CheckPayments, Checked } from './check-payments.js';
import type { ProgressList } from './progress.js';
import { retrievePayment } from './retrieve-payment.js';

/** Statuses in which this system itself returns the money, or has returned it. */
const RETURNING = ORDER_STATUSES.filter((status) =>
  ['returning', 'returned'].includes(STATUSES[status].money),
);

export interface ComparedPage extends Checked {
  /** Null after the last page. */
  readonly afterId: string | null;
}

/** Compares the gateway's lists with the orders, a page at a time. */
export class CompareList {
  constructor(
    private readonly database: Database,
    private readonly books: GatewayBooks,
    private readonly checkPayments: CheckPayments,
  ) {}

  /**
   * @param newSince refunds and disputes from before were compared when they were new; a refund may have failed since
   * @throws GatewayUnavailableError, and what the database throws; the same call again does the rest
   */
  async page(list: ProgressList, window: BookWindow, newSince: Date): Promise<ComparedPage> {
    if (list === 'payments' || list === 'gap') {
      const { entries, afterId } = await this.books.listPayments(window);
      return { ...(await this.checkPayments.run(entries, list === 'gap')), afterId };
    }
    const { entries, afterId } = await this.books.listChanged(list, window);
    const changed = entries.filter(({ createdAt, hasFailed }) => hasFailed || createdAt >= newSince);
    return { ...(await this.compareChanged(list, changed)), afterId };
  }

  private async compareChanged(
    list: 'refunds' | 'disputes',
    changed: readonly ChangedPayment[],
  ): Promise<Checked> {
    const ids = new Set(changed.map(({ paymentId }) => paymentId));
    if (list === 'refunds') {
      const failed = new Set(changed.flatMap(({ paymentId, hasFailed }) => (hasFailed ? [paymentId] : [])));
      for (const id of await this.returnedHere([...ids])) if (!failed.has(id)) ids.delete(id);
    }
    const payments: BookedPayment[] = [];
    for (const id of ids) {
      const payment = await retrievePayment(this.database, this.books, id);
      if (payment !== undefined && payment.status !== 'unknown') payments.push(payment);
    }
    return this.checkPayments.run(payments);
  }

  /** Of these payments, those whose orders are cancelled: a refund is what they expect. */
  private async returnedHere(paymentIds: readonly string[]): Promise<string[]> {
    if (paymentIds.length === 0) return [];
    const rows = await this.database.$queryRaw<{ id: string }[]>`/* payments-returned-here */
      SELECT p.payment_intent_id AS id FROM payments p JOIN orders o ON o.id = p.order_id
      WHERE p.payment_intent_id = ANY (${paymentIds}::text[]) AND o.status = ANY (${RETURNING}::order_status[])`;
    return rows.map(({ id }) => id);
  }
}
