import { setTimeout as delay } from 'node:timers/promises';
import type { CommandConfig } from '../../../config/config.js';
import type { OrderTransitions } from '../../../orders/transition-order.js';
import type { Database } from '../../../platform/database/database.js';
import type { BookList, BookWindow, GatewayBooks } from '../../gateway-books.js';
import { GatewayUnavailableError } from '../../payment-gateway.js';
import { CheckPayments } from '../check-payments.js';
import { CompareList } from '../compare-list.js';
import { CompareOpen } from '../compare-open.js';

const LISTS: readonly BookList[] = ['payments', 'refunds', 'disputes'];
/** Of each request: an hour's work should not end with one bad answer. */
const MAX_ATTEMPTS = 3;
const RETRY_PAUSE_MS = 1_000;
const PAGES_PER_LINE = 10;

export type Compared = Readonly<Record<BookList, number>>;

export interface CompareAllParts {
  readonly database: Database;
  /** With pauses between its requests. */
  readonly books: GatewayBooks;
  readonly transitions: OrderTransitions;
  readonly config: CommandConfig;
  /** Gets a line for each few pages. */
  readonly say: (line: string) => void;
}

/**
 * Compares all payments, refunds and disputes of a time, and all open discrepancies. A page at a time, so that memory
 * stays the same. Moves no money. Needs no lock: what it stores can be stored by several at once.
 */
export class CompareAll {
  private readonly compareList: CompareList;
  private readonly compareOpen: CompareOpen;

  constructor(private readonly parts: CompareAllParts) {
    const { database, books, transitions } = parts;
    const checkPayments = new CheckPayments(database, books, transitions);
    this.compareList = new CompareList(database, books, checkPayments);
    this.compareOpen = new CompareOpen(database, books, checkPayments);
  }

  /**
   * @returns how many payments were compared because of each list
   * @throws GatewayUnavailableError, and what the database throws
   */
  async run(since: Date): Promise<Compared> {
    const startedAt = performance.now();
    const compared = { payments: 0, refunds: 0, disputes: 0 };
    for (const list of LISTS) compared[list] = await this.list(list, since);
    while ((await retried(() => this.compareOpen.runOnce(performance.now() - startedAt))) > 0);
    return compared;
  }

  private async list(list: BookList, from: Date): Promise<number> {
    // The gateway's clock may be ahead.
    const to = new Date(Date.now() + this.parts.config.reconcile.graceMs);
    let compared = 0;
    for (let page = 1, afterId: string | null = null; ; page += 1) {
      const window: BookWindow = { from, to, afterId };
      const result = await retried(() => this.compareList.page(list, window, from));
      compared += result.compared;
      const isLast = result.afterId === null;
      if (isLast || page % PAGES_PER_LINE === 0) this.parts.say(`${list}: ${compared} compared`);
      if (isLast) return compared;
      ({ afterId } = result);
    }
  }
}

async function retried<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof GatewayUnavailableError) || attempt === MAX_ATTEMPTS) throw error;
      await delay(error.retryAfterMs ?? RETRY_PAUSE_MS);
    }
  }
}
