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

  /** The creation time for a new object, in seconds. Never decreases, since lists are searched by it. */
  creationTime(): number {
    return Math.max(this.#lastCreated, Math.floor(Date.now() / 1000));
  }

  /** Adds or replaces an intent. */
  putIntent(intent: Intent): void {
    const before = this.intents.put(intent);
    this.#lastCreated = Math.max(this.#lastCreated, intent.created);
    this.ledger.noteIntent(intent, before);
  }

  /** Adds or replaces a refund. @throws for an unknown intent */
  putRefund(refund: Refund): void {
    const intent = this.intents.get(refund.paymentIntent);
    if (intent === undefined) throw new Error(`refund ${refund.id} belongs to an unknown payment intent`);
    const before = this.refunds.put(refund);
    const ofIntent = this.refundsOf(intent.id);
    ofIntent.put(refund);
    this.#refundsByIntent.set(intent.id, ofIntent);
    this.#lastCreated = Math.max(this.#lastCreated, refund.created);
    this.ledger.noteRefund(refund, before, intent);
  }
}
