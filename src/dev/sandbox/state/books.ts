import { Collection } from './collection.js';
import { Ledger } from './ledger.js';
import type { Intent, Refund } from './records.js';

/** All PaymentIntents and refunds, and the totals per order. */
export class Books {
  readonly intents = new Collection<Intent>(({ id }) => id);
  readonly refunds = new Collection<Refund>(({ id }) => id);
  readonly ledger = new Ledger();
  readonly #refundsByIntent = new Map<string, Collection<Refund>>();
  #lastCreated = 0;

  refundsOf(intentId: string): Collection<Refund> {
    return this.#refundsByIntent.get(intentId) ?? new Collection<Refund>(({ id }) => id);
  }

  /** The creation time for a new object in seconds. It never goes back, as lists are searched by it. */
  creationTime(): number {
    return Math.max(this.#lastCreated, Math.floor(Date.now() / 1000));
  }

  /** Adds an intent, or takes in its new state. */
  putIntent(intent: Intent): void {
    const before = this.intents.put(intent);
    this.#lastCreated = Math.max(this.#lastCreated, intent.created);
    this.ledger.noteIntent(intent, before);
  }

  /** Adds a refund, or takes in its new state. Its intent is in the books already. */
  putRefund(refund: Refund): void {
    const intent = this.intents.get(refund.paymentIntent);
    if (intent === undefined) throw new Error(`refund ${refund.id} belongs to no known payment intent`);
    const before = this.refunds.put(refund);
    const ofIntent = this.refundsOf(intent.id);
    ofIntent.put(refund);
    this.#refundsByIntent.set(intent.id, ofIntent);
    this.#lastCreated = Math.max(this.#lastCreated, refund.created);
    this.ledger.noteRefund(refund, before, intent);
  }
}
