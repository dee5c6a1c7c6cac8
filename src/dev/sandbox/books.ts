import { Ledger } from './ledger.js';
import type { Intent, Refund } from './records.js';

/** All PaymentIntents and refunds, oldest first, and the totals per order. */
export class Books {
  readonly ledger = new Ledger();
  readonly #intents: Intent[] = [];
  readonly #intentPositions = new Map<string, number>();
  readonly #refunds: Refund[] = [];
  readonly #refundPositions = new Map<string, number>();
  readonly #refundsByIntent = new Map<string, readonly Refund[]>();
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

  /** Adds a refund, or takes in its new state. Its intent is in the books already. */
  putRefund(refund: Refund): void {
    const intent = this.intent(refund.paymentIntent);
    if (intent === undefined) throw new Error(`refund ${refund.id} belongs to no known payment intent`);
    const position = this.#refundPositions.get(refund.id);
    const before = position === undefined ? undefined : this.#refunds[position];
    const siblings = this.#refundsByIntent.get(intent.id) ?? [];
    if (position === undefined) {
      this.#refundPositions.set(refund.id, this.#refunds.length);
      this.#refunds.push(refund);
      this.#refundsByIntent.set(intent.id, [...siblings, refund]);
      this.#lastCreated = Math.max(this.#lastCreated, refund.created);
    } else {
      this.#refunds[position] = refund;
      const others = siblings.map((sibling) => (sibling.id === refund.id ? refund : sibling));
      this.#refundsByIntent.set(intent.id, others);
    }
    this.ledger.noteRefund(refund, before, intent);
  }
}
