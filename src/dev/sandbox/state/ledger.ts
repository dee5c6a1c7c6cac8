import { Collection } from './collection.js';
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
  /** In the order of their first intent, so that orders that come while paging are at the end. */
  readonly orders = new Collection<OrderTotals>(({ orderId }) => orderId);

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

  #totalsFor(intent: Intent, before: Intent | undefined): OrderTotals | undefined {
    const orderId = intent.metadata['order_id'];
    if (orderId === undefined) return undefined;
    const known = this.orders.get(orderId);
    if (known !== undefined) {
      // Before its charge an intent's own currency may change, by a fault.
      if (known.captures === 0 && known.currency === before?.currency) known.currency = intent.currency;
      // Sums over two currencies mean nothing, and must not pass for one of them.
      if (known.currency !== intent.currency) known.currency = 'mixed';
      return known;
    }
    const totals = { orderId, captured: 0, refunded: 0, currency: intent.currency, captures: 0, refunds: 0 };
    this.orders.put(totals);
    return totals;
  }
}

function countOf(refund: Refund | undefined): number {
  return refund === undefined || refund.failed === true ? 0 : 1;
}
