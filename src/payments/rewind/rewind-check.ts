import { Inject, Injectable } from '@nestjs/common';
import { setTimeout as delay } from 'node:timers/promises';
import { Database } from '../../platform/database/database.js';
import { log } from '../../platform/observability/logger.js';
import { GATEWAY_BOOKS, type GatewayBooks } from '../gateway-books.js';
import { type DatabaseHistory, openGap, readHistory, writeBeat } from './database-history.js';
import { HistoryMemory } from './history-memory.js';
import { olderBeat, rewindEvidence } from './rewind-evidence.js';
import { hasUnknownPayments } from './unknown-payments.js';

const RETRY_DELAY_MS = 1_000;

export interface Checked {
  /** How many gaps were found: 0 or 1. */
  readonly gaps: number;
  /** Of the gap that is open, whoever has found it; null where none is. */
  readonly gapAgeMs: number | null;
}

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
   * Compares, and writes the next beat. Without Redis the process' own memory is compared, and no beat is written.
   * @param seenBeat the highest beat that the caller has read
   * @throws what PostgreSQL, Redis or the gateway throws; not everything was compared then
   */
  async runOnce(seenBeat = 0): Promise<Checked> {
    // Before the database: whoever remembers a beat has committed it.
    const [remembered] = await Promise.allSettled([this.memory.read()]);
    const now = await readHistory(this.database);
    const gaps = await this.compare(now, remembered, seenBeat);
    if (remembered.status === 'rejected') throw remembered.reason;
    const { history, gapAgeMs } = await writeBeat(this.database);
    this.seen = history;
    await this.memory.write(history);
    return { gaps, gapAgeMs };
  }

  /** @returns how many gaps were found */
  private async compare(
    now: DatabaseHistory,
    remembered: PromiseSettledResult<DatabaseHistory | undefined>,
    seenBeat: number,
  ): Promise<number> {
    const ofRedis = remembered.status === 'fulfilled' ? remembered.value : undefined;
    const seen = [ofRedis, this.seen].filter((history) => history !== undefined);
    const isForgotten = seen.length === 0 && remembered.status === 'fulfilled';
    const reason =
      seen.map((history) => rewindEvidence(history, now)).find((why) => why !== undefined) ??
      olderBeat(seenBeat, now) ??
      (isForgotten ? await this.askGateway(now) : undefined);
    if (reason === undefined) return 0;
    const beats = seen.map(({ beat }) => beat);
    await openGap(this.database, { seenBeat: Math.max(seenBeat, now.beat, ...beats), reason });
    // The same evidence is not found again while Redis is away.
    this.seen = await readHistory(this.database);
    log.error({ reason }, GAP_FOUND);
    return 1;
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
