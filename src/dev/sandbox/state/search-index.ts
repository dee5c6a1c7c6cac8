import type { Collection } from './collection.js';
import { countBelow, PositionIndex } from './position-index.js';
import type { Intent } from './records.js';

/** Matches the intents whose metadata has this value under the key. As at Stripe, the value's case does not matter. */
export interface MetadataClause {
  readonly key: string;
  readonly value: string;
}

/** The intents by their metadata. Like Stripe's own index, it shows changes late. */
export class SearchIndex {
  readonly #intents: Collection<Intent>;
  readonly #delayMs: number;
  readonly #byKey = new Map<string, PositionIndex>();

  /** @param delayMs how long an intent is not found after its creation, and after each change of its metadata */
  constructor(intents: Collection<Intent>, delayMs: number) {
    this.#intents = intents;
    this.#delayMs = delayMs;
  }

  /** @param before its previous state */
  noteIntent(intent: Intent, before: Intent | undefined, position: number): void {
    const added = new Map(Object.entries(intent.metadata));
    for (const [key, value] of Object.entries(before?.metadata ?? {})) {
      if (added.get(key) === value) added.delete(key);
      else this.#byKey.get(key)?.remove(foldCase(value), position);
    }
    for (const [key, value] of added) {
      const byValue = this.#byKey.get(key) ?? new PositionIndex();
      byValue.add(foldCase(value), position);
      this.#byKey.set(key, byValue);
    }
  }

  /**
   * The intents that match every clause, newest first.
   *
   * @param below only intents whose position is below this one
   */
  find(clauses: readonly MetadataClause[], { below, limit }: { below: number; limit: number }): Intent[] {
    const [shortest = [], ...others] = clauses
      .map(({ key, value }) => this.#byKey.get(key)?.of(foldCase(value)) ?? [])
      .sort((left, right) => left.length - right.length);
    const found: Intent[] = [];
    for (let index = countBelow(shortest, below) - 1; index >= 0 && found.length < limit; index -= 1) {
      const position = shortest[index] ?? 0;
      if (!others.every((positions) => positions[countBelow(positions, position)] === position)) continue;
      const intent = this.#intents.all[position];
      if (intent !== undefined && this.#shows(intent)) found.push(intent);
    }
    return found;
  }

  #shows({ metadataChangedAt, created }: Intent): boolean {
    return (metadataChangedAt ?? created * 1_000) + this.#delayMs <= Date.now();
  }
}

function foldCase(value: string): string {
  return value.toLowerCase();
}
