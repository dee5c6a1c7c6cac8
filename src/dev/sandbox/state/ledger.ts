import { Collection } from './collection.js';
import { PositionIndex } from './position-index.js';
import type { Intent, Refund } from './records.js';

/** An order's captures and refunds over all of its intents. Amounts are in Stripe's units. */
export interface OrderTotals {
  readonly orderId: string;
  /** the `order_key` in the intents' metadata, or null where there is none */
  readonly orderKey: string | null;
  readonly captured: number;
  readonly refunded: number;
  readonly currency: string;
  readonly captures: number;
  readonly refunds: number;
}

/** An order that was named by an intent's metadata, even if its intents have moved to other orders since. */
export interface NamedOrder {
  readonly orderId: string;
  /** that of its first intent, or of the last one that moved to another order */
  readonly currency: string;
}

/** The totals per order. They are added up when they are read, so an intent may move to another order. */
export class Ledger {
  readonly #intents: Collection<Intent>;
  readonly #refundsOf: (intentId: string) => Collection<Refund>;
  readonly #orders = new Collection<NamedOrder>(({ orderId }) => orderId);
  readonly #intentsByOrder = new PositionIndex();

  constructor(intents: Collection<Intent>, refundsOf: (intentId: string) => Collection<Refund>) {
    this.#intents = intents;
    this.#refundsOf = refundsOf;
  }

  /** In the order of their first intents, so that new orders appear at the end while a client is paging. */
  get orders(): readonly NamedOrder[] {
    return this.#orders.all;
  }

  /** Gives a new order its place in the list. */
  noteOrder(order: NamedOrder): void {
    this.#orders.put(order);
  }

  /** Intents without an order id are skipped. @param before its previous state */
  noteIntent(intent: Intent, before: Intent | undefined, position: number): void {
    const orderId = intent.metadata['order_id'];
    const left = before?.metadata['order_id'];
    if (orderId === left) return;
    if (before !== undefined && left !== undefined) {
      this.#intentsByOrder.remove(left, position);
      this.noteOrder({ orderId: left, currency: before.currency });
    }
    if (orderId === undefined) return;
    this.#intentsByOrder.add(orderId, position);
    if (this.#orders.get(orderId) === undefined) this.noteOrder({ orderId, currency: intent.currency });
  }

  totalsOf(orderId: string): OrderTotals | undefined {
    const order = this.#orders.get(orderId);
    return order === undefined ? undefined : this.#totals(order);
  }

  /** One page. @returns undefined where `after` is no known order */
  page(
    after: string | undefined,
    limit: number,
  ): { readonly orders: OrderTotals[]; readonly hasMore: boolean } | undefined {
    const last = after === undefined ? -1 : this.#orders.positionOf(after);
    if (last === undefined) return undefined;
    const end = last + 1 + limit;
    const page = this.orders.slice(last + 1, end);
    return { orders: page.map((order) => this.#totals(order)), hasMore: end < this.orders.length };
  }

  #totals({ orderId, currency }: NamedOrder): OrderTotals {
    const intents = this.#intentsByOrder.of(orderId).flatMap((position) => this.#intents.all[position] ?? []);
    const paid = intents.filter(({ status }) => status === 'succeeded');
    const refunds = intents
      .flatMap(({ id }) => this.#refundsOf(id).all)
      .filter(({ failed }) => failed !== true);
    const currencies = new Set(intents.map((intent) => intent.currency));
    return {
      orderId,
      orderKey: intents.flatMap(({ metadata }) => metadata['order_key'] ?? []).at(0) ?? null,
      captured: sum(paid.map(({ amountReceived }) => amountReceived)),
      refunded: sum(refunds.map(({ amount }) => amount)),
      // A sum over two currencies must not look like one of them.
      currency: currencies.size > 1 ? 'mixed' : (intents[0]?.currency ?? currency),
      captures: paid.length,
      refunds: refunds.length,
    };
  }
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0);
}
