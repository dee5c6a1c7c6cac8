import type { Config } from '../../config/config.js';
import type { CompareHints } from './compare-hints.js';
import { MAX_HINTS } from './compare-hints.js';
import { type CompareOpen, MAX_OPEN } from './compare-open.js';
import type { CompareWindows } from './compare-windows.js';

/** Compares the gateway's books with the orders, one bounded batch at a time. Safe to kill at any point. */
export class ReconcileSweep {
  constructor(
    private readonly compareWindows: CompareWindows,
    private readonly compareHints: CompareHints,
    private readonly compareOpen: CompareOpen,
    private readonly config: Pick<Config, 'reconcile'>,
  ) {}

  /**
   * A page of the gap, before everything else: charges are slow while there is one. Else some hints, a page of each
   * list, and some open discrepancies.
   * @returns more: 1 where there is more to do at once
   * @throws GatewayUnavailableError, and what the database throws; the next run does the rest
   */
  async runOnce(): Promise<{ more: number }> {
    if (await this.compareWindows.gapPage()) return { more: 1 };
    const hints = await this.compareHints.runOnce();
    const pages = await this.compareWindows.pages();
    const open = await this.compareOpen.runOnce(this.config.reconcile.intervalMs);
    return { more: hints === MAX_HINTS || pages > 0 || open === MAX_OPEN ? 1 : 0 };
  }
}
