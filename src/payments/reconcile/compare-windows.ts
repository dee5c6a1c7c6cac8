import type { Config } from '../../config/config.js';
import type { Database } from '../../platform/database/database.js';
import type { BookList } from '../gateway-books.js';
import { GatewayUnavailableError } from '../payment-gateway.js';
import type { CompareList } from './compare-list.js';
import { beginGap, closeGap } from './gap.js';
import {
  advanceWindow,
  currentWindow,
  finishWindow,
  openWindow,
  type ProgressList,
  restartWindow,
} from './progress.js';

const LISTS: readonly BookList[] = ['payments', 'refunds', 'disputes'];

/** Compares the gateway's lists window by window, and stores after each page how far it has come. */
export class CompareWindows {
  constructor(
    private readonly database: Database,
    private readonly compareList: CompareList,
    private readonly config: Pick<Config, 'payment' | 'reconcile'>,
  ) {}

  /**
   * One page of the gap, where there is one.
   * @returns whether there was one
   * @throws GatewayUnavailableError, and what the database throws; the page is compared again then
   */
  async gapPage(): Promise<boolean> {
    await beginGap(this.database, this.config.payment.timeoutMs);
    return this.page('gap', async () => {
      await closeGap(this.database);
    });
  }

  /** One page of each list that has a window open, or due. @returns how many @throws as gapPage() */
  async pages(): Promise<number> {
    const { intervalMs, graceMs, lookBackMs } = this.config.reconcile;
    let pages = 0;
    for (const list of LISTS) {
      await openWindow(this.database, list, {
        intervalMs,
        // A refund that fails is still in the place of its creation.
        lookBackMs: list === 'payments' ? 0 : list === 'refunds' ? Math.max(lookBackMs, graceMs) : graceMs,
        // A payment is listed by its creation, and takes its money after that.
        delayMs: list === 'payments' ? graceMs : 0,
      });
      if (await this.page(list, (compared) => finishWindow(this.database, list, compared))) pages += 1;
    }
    return pages;
  }

  private async page(
    list: ProgressList,
    finish: (compared: string | null) => Promise<void>,
  ): Promise<boolean> {
    const window = await currentWindow(this.database, list, this.config.reconcile.graceMs);
    if (window === undefined) return false;
    const { afterId: compared } = window;
    try {
      const { afterId } = await this.compareList.page(list, window, window.newSince);
      if (afterId === null) await finish(compared);
      else await advanceWindow(this.database, list, compared, afterId);
    } catch (error) {
      // The gateway is there and refuses the request: it does not know the cursor, perhaps of another key's account.
      if (error instanceof GatewayUnavailableError && !error.isUnhealthy && !error.isGlobal)
        await restartWindow(this.database, list);
      throw error;
    }
    return true;
  }
}
