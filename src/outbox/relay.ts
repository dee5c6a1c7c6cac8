import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../config/config.js';
import type { OutboxMessage } from './message.js';
import { claimMessages, markDelivered, readIdBounds, releaseMessages } from './outbox.js';
import { CONFIG } from '../config/token.js';
import { withTimeout } from '../platform/with-timeout.js';
import { Database } from '../platform/database/database.js';
import { PaymentQueues } from '../queue/payment-queues.js';
import { advance, INITIAL_ID_BOUNDS } from './id-bounds.js';

/** A claim from the first id, for messages below the bounds that were reset to undelivered by hand. */
const FULL_CLAIM_INTERVAL_MS = 60_000;

/**
 * Between two reads of the id bounds, a claim goes back only this far below the highest claimed id. A transaction that
 * writes for minutes holds the bounds down, and every claim would read all that was delivered since. A message that
 * commits later than this many ids waits for the next read.
 */
const LATE_COMMIT_WINDOW_IDS = 1_000n;
/** A read of the id bounds may be slow for the same reason; this limits it to a fiftieth of the time. */
const ID_BOUNDS_PAUSE_FACTOR = 50;

/**
 * The only way from PostgreSQL to Redis. Claims a batch of messages under a lease, adds their jobs in one call, and
 * marks them delivered. If it is killed at any point, messages are unclaimed or their lease runs out, and they are
 * delivered again. Consumers expect that.
 */
@Injectable()
export class Relay {
  private idBounds = INITIAL_ID_BOUNDS;
  private highestClaimed = 0n;
  private nextIdBoundsAt = 0;
  private nextFullClaimAt = 0;

  constructor(
    private readonly database: Database,
    private readonly queues: PaymentQueues,
    @Inject(CONFIG) private readonly config: Pick<Config, 'relay' | 'redis'>,
  ) {}

  /**
   * Delivers one batch.
   * @returns how many messages were delivered; a full batch means that more may be waiting
   * @throws what Redis or PostgreSQL throws; the messages stay in the outbox
   */
  async runOnce(): Promise<{ delivered: number }> {
    const messages = await this.claim();
    if (messages.length === 0) return { delivered: 0 };
    const ids = messages.map(({ id }) => id);
    try {
      // Throws if Redis rejects any job (out of memory, disk not writable). The jobs that it took are added again
      // later.
      await withTimeout(this.config.redis.commandTimeoutMs, 'adding jobs', this.queues.add(messages));
    } catch (error) {
      await releaseMessages(this.database, ids);
      throw error;
    }
    await markDelivered(this.database, ids);
    return { delivered: messages.length };
  }

  private async claim(): Promise<OutboxMessage[]> {
    try {
      return await this.claimBatch();
    } catch (error) {
      // PostgreSQL may be another one when it is back, an older one, which assigns the same ids again.
      [this.idBounds, this.highestClaimed] = [INITIAL_ID_BOUNDS, 0n];
      throw error;
    }
  }

  private async claimBatch(): Promise<OutboxMessage[]> {
    const { batchSize, leaseMs, pollIntervalMs } = this.config.relay;
    const now = performance.now();
    let fromId = max(this.idBounds.fromId, this.highestClaimed - LATE_COMMIT_WINDOW_IDS);
    if (now >= this.nextIdBoundsAt) {
      const ids = await readIdBounds(this.database, this.idBounds.fromId);
      this.idBounds = advance(this.idBounds, ids);
      // The database was restored from an older state, and the sequence assigns ids again.
      if (ids.highestAssigned < this.highestClaimed) this.highestClaimed = ids.highestAssigned;
      const tookMs = performance.now() - now;
      this.nextIdBoundsAt = now + Math.max(pollIntervalMs, ID_BOUNDS_PAUSE_FACTOR * tookMs);
      fromId = this.idBounds.fromId;
    }
    const full = now >= this.nextFullClaimAt;
    const messages = await claimMessages(this.database, { fromId: full ? 0n : fromId, batchSize, leaseMs });
    if (full) this.nextFullClaimAt = now + FULL_CLAIM_INTERVAL_MS;
    // Messages below the bounds were reset to undelivered by hand.
    if (messages.some(({ id }) => id < this.idBounds.fromId))
      [this.idBounds, this.highestClaimed] = [INITIAL_ID_BOUNDS, 0n];
    for (const { id } of messages) this.highestClaimed = max(this.highestClaimed, id);
    return messages;
  }
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
