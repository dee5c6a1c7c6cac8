import { Inject, Injectable } from '@nestjs/common';
import { setTimeout as delay } from 'node:timers/promises';
import { Database } from '../../platform/database/database.js';
import { log } from '../../platform/observability/logger.js';
import { GATEWAY_BOOKS, type GatewayBooks } from '../gateway-books.js';
import { type DatabaseHistory, openGap, readHistory, writeBeat } from './database-history.js';
import { HistoryMemory } from './history-memory.js';
import { rewindEvidence } from './rewind-evidence.js';
import { hasUnknownPayments } from './unknown-payments.js';

const RETRY_DELAY_MS = 1_000;

/**
 * Notices that PostgreSQL has lost commits: a backup was restored, or a standby that was behind was promoted. Each beat
 * is written only after a comparison with what was seen before, so a database that went back is noticed whatever has
 * been written to it since. Until the gap is covered (reconcile/), a charge first looks for an earlier payment.
 */
@Injectable()
export class RewindCheck {
  /** In case Redis loses its data at the same time. */
  private seen: DatabaseHistory | undefined;

  constructor(
    private readonly database: Database,
    private readonly memory: HistoryMemory,
    @Inject(GATEWAY_BOOKS) private readonly books: GatewayBooks,
  ) {}

  /**
   * Compares, and writes the next beat.
   * @returns 1 where a gap was found
   * @throws what PostgreSQL, Redis or the gateway throws; nothing was compared then
   */
  async runOnce(): Promise<{ gaps: number }> {
    // Before the database: whoever remembers a beat has committed it.
    const remembered = await this.memory.read();
    const now = await readHistory(this.database);
    const seen = [remembered, this.seen].filter((history) => history !== undefined);
    const reason =
      seen.length === 0
        ? await this.askGateway(now)
        : seen.map((history) => rewindEvidence(history, now)).find((why) => why !== undefined);
    if (reason !== undefined) {
      await openGap(this.database, { seenBeat: Math.max(now.beat, ...seen.map(({ beat }) => beat)), reason });
      log.error({ reason }, GAP_FOUND);
    }
    this.seen = await writeBeat(this.database);
    await this.memory.write(this.seen);
    return { gaps: reason === undefined ? 0 : 1 };
  }

  /** Tries until the history has been checked once, or until `stopped`: workers make no payment before. */
  async untilChecked(stopped: AbortSignal): Promise<void> {
    for (let isFirst = true; !stopped.aborted; isFirst = false) {
      try {
        await this.runOnce();
        return;
      } catch (error) {
        const level = isFirst ? 'warn' : 'debug';
        log[level](
          { err: error },
          "the database's history could not be checked; the worker takes no jobs yet",
        );
        await delay(RETRY_DELAY_MS, undefined, { signal: stopped, ref: false }).catch(() => undefined);
      }
    }
  }

  /** Redis remembers nothing. A database that has beaten before must know the newest payments of its orders. */
  private async askGateway({ beat }: DatabaseHistory): Promise<string | undefined> {
    if (beat === 0 || !(await hasUnknownPayments(this.database, this.books))) return undefined;
    return 'Redis remembers nothing of it, and the payment gateway has payments for orders that it does not have';
  }
}

const GAP_FOUND =
  'PostgreSQL may have lost commits; payments since then are being compared with the gateway, and charges first look for an earlier payment';
