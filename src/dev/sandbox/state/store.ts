import { join } from 'node:path';
import type { SandboxSettings } from '../settings.js';
import { Books } from './books.js';
import { replaceFile, writeCompacted } from './compaction.js';
import { IdempotencyKeys } from './idempotency.js';
import { Journal, type Location } from './journal.js';
import type { NamedOrder } from './ledger.js';
import type { EventType, Intent, Refund } from './records.js';

/** A response to be saved under an idempotency key. */
export interface SavedAnswer {
  readonly key: string;
  readonly fingerprint: string;
  readonly status: number;
  readonly requestId: string;
  readonly at: number;
  readonly body: object;
}

/** An event to be delivered. */
export interface PendingEvent {
  readonly id: string;
  readonly type: EventType;
  readonly body: object;
}

/** One line of the journal: all changes of one request. */
export interface JournalEntry {
  readonly intent?: Intent | undefined;
  readonly refund?: Refund | undefined;
  readonly answer?: SavedAnswer | undefined;
  readonly events?: readonly PendingEvent[] | undefined;
  /** ids of delivered events */
  readonly delivered?: readonly string[];
  readonly keysForgotten?: true;
  /** written by a compaction: an order of the ledger, in its place there */
  readonly order?: NamedOrder;
  /** the last line of a compaction: its size in bytes */
  readonly compactedBytes?: number;
}

type StoreSettings = Pick<
  SandboxSettings,
  'dataDirectory' | 'idempotencyTtlMs' | 'searchDelayMs' | 'compactBytes' | 'log'
>;

/** The sandbox's state: the journal on disk, and its contents in memory. */
export class Store {
  readonly books: Books;
  readonly keys: IdempotencyKeys;
  readonly #pendingEvents = new Map<string, Location>();
  readonly #journal: Journal;
  #compactedBytes = 0;

  private constructor(path: string, settings: StoreSettings, publicUrl: () => string) {
    this.books = new Books(settings.searchDelayMs, publicUrl);
    this.keys = new IdempotencyKeys(settings.idempotencyTtlMs);
    const replay = (text: string, location: Location): void => {
      this.#apply(JSON.parse(text) as JournalEntry, location);
    };
    this.#journal = new Journal(path, replay, settings.log);
  }

  /**
   * Reads the journal, and compacts it if it has doubled since the last compaction.
   *
   * @throws where the journal is unreadable
   */
  static open(settings: StoreSettings, publicUrl: () => string): Store {
    const path = join(settings.dataDirectory, 'journal.jsonl');
    const store = new Store(path, settings, publicUrl);
    if (store.#journal.size <= Math.max(settings.compactBytes, 2 * store.#compactedBytes)) return store;
    const size = store.#journal.size;
    writeCompacted(`${path}.new`, store.#entries(), settings.log);
    store.close();
    replaceFile(path, `${path}.new`);
    const compacted = new Store(path, settings, publicUrl);
    settings.log(`payment sandbox: compacted the journal from ${size} to ${compacted.#journal.size} bytes`);
    return compacted;
  }

  /** Writes a change to the journal, then applies it. If the write fails, nothing changes. */
  record(entry: JournalEntry): void {
    this.#apply(entry, this.#journal.append(JSON.stringify(entry)));
  }

  /** The body of a saved response. */
  readAnswer(location: Location): object {
    const answer = this.#read(location).answer;
    if (answer === undefined) throw new Error(`no answer at byte ${location.offset} of the journal`);
    return answer.body;
  }

  /** The ids of undelivered events, oldest first. */
  pendingEventIds(): string[] {
    return [...this.#pendingEvents.keys()];
  }

  /** An undelivered event, or undefined if it has been delivered. */
  readEvent(id: string): PendingEvent | undefined {
    const location = this.#pendingEvents.get(id);
    return location && this.#read(location).events?.find((event) => event.id === id);
  }

  close(): void {
    this.#journal.close();
  }

  #read(location: Location): JournalEntry {
    return JSON.parse(this.#journal.read(location)) as JournalEntry;
  }

  #apply(entry: JournalEntry, location: Location): void {
    if (entry.order !== undefined) this.books.ledger.noteOrder(entry.order);
    if (entry.intent !== undefined) this.books.putIntent(entry.intent);
    if (entry.refund !== undefined) this.books.putRefund(entry.refund);
    if (entry.answer !== undefined) {
      const { key, fingerprint, status, requestId, at } = entry.answer;
      this.keys.save(key, { fingerprint, status, requestId, at, location });
    }
    for (const event of entry.events ?? []) this.#pendingEvents.set(event.id, location);
    for (const id of entry.delivered ?? []) this.#pendingEvents.delete(id);
    if (entry.keysForgotten === true) this.keys.forgetAll();
    if (entry.compactedBytes !== undefined) this.#compactedBytes = entry.compactedBytes;
  }

  /** The current state, as the lines of a compacted journal. */
  *#entries(): Iterable<JournalEntry> {
    const { ledger, intents, refunds, disputes } = this.books;
    for (const order of ledger.orders) yield { order };
    for (const intent of intents.all) yield { intent: { ...intent, dispute: undefined } };
    // Disputes are listed in the order in which they were opened, which is not that of their intents.
    for (const { intent } of disputes.all) yield { intent };
    for (const refund of refunds.all) yield { refund };
    for (const [, saved] of this.keys.entries()) {
      const { answer } = this.#read(saved.location);
      if (answer !== undefined) yield { answer };
    }
    for (const id of this.#pendingEvents.keys()) {
      const event = this.readEvent(id);
      if (event !== undefined) yield { events: [event] };
    }
  }
}
