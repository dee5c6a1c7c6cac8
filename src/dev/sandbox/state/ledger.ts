import { Collection } from './collection.js';
import type { Intent, Refund } from './records.js';

/** An order's captures and refunds over all of its intents. Amounts are in Stripe's units. */
export interface OrderTotals {
  readonly orderId: string;
  captured: number;
  refunded: number;
  currency: string;
  captures: number;
  refunds: number;
}

/** The totals per order, updated with each change. */
export class Ledger {
  /** In the order of their first intents, so that new orders appear at the end while a client is paging. */
  readonly orders = new Collection<OrderTotals>(({ orderId }) => orderId);

  /** Intents without an order id are skipped. @param before its previous state */
  noteIntent(intent: Intent, before: Intent | undefined): void {
    const totals = this.#totalsFor(intent, before);
    if (totals === undefined) return;
    if (intent.status !== 'succeeded' || before?.status === 'succeeded') return;
    totals.captured += intent.amountReceived;
    totals.captures += 1;
  }

  /** A failed refund does not count. @param before its previous state */
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
      // A fault may change an intent's currency before it is charged.
      if (known.captures === 0 && known.currency === before?.currency) known.currency = intent.currency;
      // A sum over two currencies must not look like one of them.
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
