import { Ledger } from './ledger.js';
import type { Intent, Refund } from './records.js';

/** All PaymentIntents and refunds, oldest first, and the totals per order. */
export class Books {
  readonly ledger = new Ledger();
  readonly #intents: Intent[] = [];
  readonly #intentPositions = new Map<string, number>();
  readonly #refunds: Refund[] = [];
  readonly #refundPositions = new Map<string, number>();
  readonly #refundsByIntent = new Map<string, Refund[]>();
  #lastCreated = 0;

  get intents(): readonly Intent[] {
    return this.#intents;
  }

  get refunds(): readonly Refund[] {
    return this.#refunds;
  }

  intentPosition(id: string): number | undefined {
    return this.#intentPositions.get(id);
  }

  refundPosition(id: string): number | undefined {
    return this.#refundPositions.get(id);
  }

  intent(id: string): Intent | undefined {
    const position = this.#intentPositions.get(id);
    return position === undefined ? undefined : this.#intents[position];
  }

  refund(id: string): Refund | undefined {
    const position = this.#refundPositions.get(id);
    return position === undefined ? undefined : this.#refunds[position];
  }

  refundsOf(intentId: string): readonly Refund[] {
    return this.#refundsByIntent.get(intentId) ?? [];
  }

  /** The creation time for a new object in seconds. It never goes back, as lists are searched by it. */
  creationTime(): number {
    return Math.max(this.#lastCreated, Math.floor(Date.now() / 1000));
  }

  /** Adds an intent, or takes in its new state. */
  putIntent(intent: Intent): void {
    const position = this.#intentPositions.get(intent.id);
    const before = position === undefined ? undefined : this.#intents[position];
    if (position === undefined) {
      this.#intentPositions.set(intent.id, this.#intents.length);
      this.#intents.push(intent);
      this.#lastCreated = Math.max(this.#lastCreated, intent.created);
    } else {
      this.#intents[position] = intent;
    }
    this.ledger.noteIntent(intent, before);
  }

  /** Adds a refund. Its intent is in the books already. */
  addRefund(refund: Refund): void {
    const intent = this.intent(refund.paymentIntent);
    if (intent === undefined) throw new Error(`refund ${refund.id} belongs to no known payment intent`);
    this.#refundPositions.set(refund.id, this.#refunds.length);
    this.#refunds.push(refund);
    const siblings = this.#refundsByIntent.get(intent.id);
    if (siblings === undefined) this.#refundsByIntent.set(intent.id, [refund]);
    else siblings.push(refund);
    this.#lastCreated = Math.max(this.#lastCreated, refund.created);
    this.ledger.noteRefund(refund, intent);
  }
}
