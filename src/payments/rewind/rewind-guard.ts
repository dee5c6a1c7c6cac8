import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../../config/config.js';
import { CONFIG } from '../../config/token.js';
import { isDatabaseUnavailable } from '../../platform/database/database-errors.js';
import { batched } from '../../platform/database/statement-batcher.js';
import { log } from '../../platform/observability/logger.js';
import { GatewayUnavailableError } from '../payment-gateway.js';
import type { WorkOrder } from '../work-order.js';
import { type Checked, RewindCheck } from './rewind-check.js';

/** A relay that is busy, or whose connections are made anew, is late by as many beats. */
const LATE_BEATS = 3;

/**
 * Keeps a process from making payments for orders of a database that has gone back, and from overlooking theirs. Costs
 * nothing while relays write beats: a database that was restored has an old beat, and so has one whose relays can't
 * compare it.
 */
@Injectable()
export class RewindGuard {
  private highestBeat = 0;
  private readonly maxBeatAgeMs: number;
  /** One check for all orders that wait for it, begun after they were read. */
  private readonly check: (order: WorkOrder['id']) => Promise<Checked>;

  constructor(check: RewindCheck, @Inject(CONFIG) { database }: Pick<Config, 'database'>) {
    this.maxBeatAgeMs = LATE_BEATS * database.historyCheckIntervalMs;
    this.check = batched(async (orders) => {
      const checked = await check.runOnce(this.highestBeat);
      return orders.map(() => checked);
    });
  }

  /**
   * @param order as it was read
   * @throws GatewayUnavailableError where the order has to be read again, or Redis is away; what the database throws
   */
  async require({
    id,
    beat,
    beatAgeMs,
    gapAgeMs,
  }: Pick<WorkOrder, 'id' | 'beat' | 'beatAgeMs' | 'gapAgeMs'>): Promise<void> {
    if (Math.abs(beatAgeMs) <= this.maxBeatAgeMs && beat >= this.highestBeat) {
      this.highestBeat = beat;
      return;
    }
    // Orders that were read earlier may get here later: only what is read now tells.
    const now = await this.check(id).catch((error: unknown) => {
      if (isDatabaseUnavailable(error) || error instanceof GatewayUnavailableError) throw error;
      log.warn({ err: error }, 'the database could not be compared; its orders wait');
      throw new GatewayUnavailableError('it is not known whether PostgreSQL has lost commits', {
        isGlobal: true,
        cause: error,
      });
    });
    const isNewer = now.gapAgeMs !== null && (gapAgeMs === null || now.gapAgeMs < gapAgeMs);
    if (isNewer) throw new GatewayUnavailableError('PostgreSQL has lost commits', { isGlobal: true });
  }
}
