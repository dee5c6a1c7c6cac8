import { Collection } from './collection.js';
import { Ledger } from './ledger.js';
import type { Intent, ListedDispute, Refund } from './records.js';
import { SearchIndex } from './search-index.js';

/** All PaymentIntents, refunds and disputes, the totals per order, and the index that searches use. */
export class Books {
  readonly intents = new Collection<Intent>(({ id }) => id);
  readonly refunds = new Collection<Refund>(({ id }) => id);
  readonly disputes = new Collection<ListedDispute>(({ id }) => id);
  readonly ledger = new Ledger(this.intents, (intentId) => this.refundsOf(intentId));
  readonly search: SearchIndex;
  /** The address by which browsers reach the sandbox. Known only once it listens. */
  readonly publicUrl: () => string;
  readonly #refundsByIntent = new Map<string, Collection<Refund>>();
  #lastCreated = 0;

  /** @param searchDelayMs how late searches show a new intent, and a change of metadata */
  constructor(searchDelayMs: number, publicUrl: () => string) {
    this.search = new SearchIndex(this.intents, searchDelayMs);
    this.publicUrl = publicUrl;
  }

  refundsOf(intentId: string): Collection<Refund> {
    return this.#refundsByIntent.get(intentId) ?? new Collection<Refund>(({ id }) => id);
  }

  /** The creation time for a new object, in seconds. Never decreases, since lists are searched by it. */
  creationTime(): number {
    return Math.max(this.#lastCreated, Math.floor(Date.now() / 1000));
  }

  /** Adds or replaces an intent. */
  putIntent(intent: Intent): void {
    const { position, before } = this.intents.put(intent);
    const { dispute } = intent;
    if (dispute !== undefined) this.disputes.put({ ...dispute, intent });
    this.#lastCreated = Math.max(this.#lastCreated, intent.created, dispute?.created ?? 0);
    this.ledger.noteIntent(intent, before, position);
    this.search.noteIntent(intent, before, position);
  }

  /** Adds or replaces a refund. @throws for an unknown intent */
  putRefund(refund: Refund): void {
    const intent = this.intents.get(refund.paymentIntent);
    if (intent === undefined) throw new Error(`refund ${refund.id} belongs to an unknown payment intent`);
    this.refunds.put(refund);
    const ofIntent = this.refundsOf(intent.id);
    ofIntent.put(refund);
    this.#refundsByIntent.set(intent.id, ofIntent);
    this.#lastCreated = Math.max(this.#lastCreated, refund.created);
  }
}
