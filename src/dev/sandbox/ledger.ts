import type { Intent, Refund } from './records.js';

/** What really happened to an order's money. Amounts are in Stripe's units, summed over all its intents. */
export interface OrderTotals {
  readonly orderId: string;
  captured: number;
  refunded: number;
  currency: string;
  captures: number;
  refunds: number;
}

/** The truth about money per order, kept up to date with each change. */
export class Ledger {
  readonly #totals: OrderTotals[] = [];
  readonly #positions = new Map<string, number>();

  /** Takes in an intent's new state; `before` is its state so far. Intents without an order id are not listed. */
  noteIntent(intent: Intent, before: Intent | undefined): void {
    const totals = this.#totalsFor(intent, before);
    if (totals === undefined) return;
    if (intent.status !== 'succeeded' || before?.status === 'succeeded') return;
    totals.captured += intent.amountReceived;
    totals.captures += 1;
  }

  /** Takes in a refund of the given intent; `before` is its state so far. One that failed returned nothing. */
  noteRefund(refund: Refund, before: Refund | undefined, intent: Intent): void {
    const totals = this.#totalsFor(intent, intent);
    if (totals === undefined) return;
    const change = countOf(refund) - countOf(before);
    totals.refunded += change * refund.amount;
    totals.refunds += change;
  }

  /** One order's totals. */
  order(orderId: string): OrderTotals | undefined {
    const position = this.#positions.get(orderId);
    return position === undefined ? undefined : this.#totals[position];
  }

  /**
   * A page of orders in the order of their first intent, so that orders that come while paging are at the end.
   *
   * @returns undefined where `after` names no order
   */
  page(
    after: string | undefined,
    limit: number,
  ): { orders: readonly OrderTotals[]; hasMore: boolean } | undefined {
    const last = after === undefined ? -1 : this.#positions.get(after);
    if (last === undefined) return undefined;
    const orders = this.#totals.slice(last + 1, last + 1 + limit);
    return { orders, hasMore: last + 1 + limit < this.#totals.length };
  }

  #totalsFor(intent: Intent, before: Intent | undefined): OrderTotals | undefined {
    const orderId = intent.metadata['order_id'];
    if (orderId === undefined) return undefined;
    const known = this.order(orderId);
    if (known !== undefined) {
      // Before its charge an intent's own currency may change, by a fault.
      if (known.captures === 0 && known.currency === before?.currency) known.currency = intent.currency;
      // Sums over two currencies mean nothing, and must not pass for one of them.
      if (known.currency !== intent.currency) known.currency = 'mixed';
      return known;
    }
    const totals = { orderId, captured: 0, refunded: 0, currency: intent.currency, captures: 0, refunds: 0 };
    this.#positions.set(orderId, this.#totals.length);
    this.#totals.push(totals);
    return totals;
  }
}

function countOf(refund: Refund | undefined): number {
  return refund === undefined || refund.failed === true ? 0 : 1;
}
