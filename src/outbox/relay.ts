import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../config/config.js';
import type { OutboxMessage } from './message.js';
import { claimMessages, readIdBounds, markDelivered, releaseMessages } from './outbox.js';
import { CONFIG } from '../config/token.js';
import { withTimeout } from '../platform/with-timeout.js';
import { Database } from '../platform/database/database.js';
import { PaymentQueues } from '../queue/payment-queues.js';
import { LOWEST_MARK, raise } from './id-bounds.js';

/** So often a claim begins at the first id: for messages below the mark that somebody made wait again by hand. */
const FULL_CLAIM_INTERVAL_MS = 60_000;

/**
 * Between two looks at the mark a claim goes back only so far behind the highest id that was claimed. A transaction
 * that writes for minutes holds the mark down, and every claim would read all that was delivered since. What commits
 * more ids than that after its own was given out waits for the next look.
 */
const LATE_IDS = 1_000n;
/** A look still reads all of that. The longer it took, the later is the next one: looks take a fiftieth of the time. */
const LOOK_PAUSE = 50;

/**
 * The one bridge from PostgreSQL to Redis. Claims a batch of messages by a lease, adds their jobs in one
 * call, and marks them. Killed anywhere, it leaves either unclaimed messages or ones whose lease runs out:
 * they are delivered again, and whoever consumes them is ready for that.
 */
@Injectable()
export class Relay {
  private mark = LOWEST_MARK;
  private highestClaimed = 0n;
  private nextLookAt = 0;
  private nextFullClaimAt = 0;

  constructor(
    private readonly database: Database,
    private readonly queues: PaymentQueues,
    @Inject(CONFIG) private readonly config: Pick<Config, 'relay' | 'redis'>,
  ) {}

  /**
   * Moves one batch.
   * @returns how many messages were delivered; as many as the batch holds means that more may wait
   * @throws where Redis or PostgreSQL fails; the messages stay in the outbox
   */
  async runOnce(): Promise<{ delivered: number }> {
    const messages = await this.claim();
    if (messages.length === 0) return { delivered: 0 };
    const ids = messages.map(({ id }) => id);
    try {
      // All or nothing as far as the outbox is concerned: where Redis refuses one job (it is out of memory, or
      // can't write to its disk), this throws, and those that it took come a second time.
      await withTimeout(this.config.redis.commandTimeoutMs, 'adding jobs', this.queues.add(messages));
    } catch (error) {
      await releaseMessages(this.database, ids);
      throw error;
    }
    await markDelivered(this.database, ids);
    return { delivered: messages.length };
  }

  private async claim(): Promise<OutboxMessage[]> {
    const { batchSize, leaseMs, pollIntervalMs } = this.config.relay;
    const now = performance.now();
    let fromId = max(this.mark.fromId, this.highestClaimed - LATE_IDS);
    if (now >= this.nextLookAt) {
      const seen = await readIdBounds(this.database, this.mark.fromId);
      this.mark = raise(this.mark, seen);
      // Of a database that was restored from an older state, the ids are given out a second time.
      if (seen.highestGiven < this.highestClaimed) this.highestClaimed = seen.highestGiven;
      const lookMs = performance.now() - now;
      this.nextLookAt = now + Math.max(pollIntervalMs, LOOK_PAUSE * lookMs);
      fromId = this.mark.fromId;
    }
    const full = now >= this.nextFullClaimAt;
    const messages = await claimMessages(this.database, { fromId: full ? 0n : fromId, batchSize, leaseMs });
    if (full) this.nextFullClaimAt = now + FULL_CLAIM_INTERVAL_MS;
    // Below the mark, somebody has made messages wait again.
    if (messages.some(({ id }) => id < this.mark.fromId))
      [this.mark, this.highestClaimed] = [LOWEST_MARK, 0n];
    for (const { id } of messages) this.highestClaimed = max(this.highestClaimed, id);
    return messages;
  }
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
