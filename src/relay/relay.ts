import { InjectQueue } from '@nestjs/bullmq';
import { Inject, Injectable } from '@nestjs/common';
import type { Queue } from 'bullmq';
import type { Config } from '../config.js';
import { claimMessages, markDelivered, releaseMessages } from '../outbox/outbox.js';
import { CONFIG } from '../platform/config-token.js';
import { within } from '../platform/deadline.js';
import { Database } from '../platform/database.js';
import { log } from '../platform/logger.js';
import { jobFor, PAYMENT_QUEUE, type PaymentJob } from '../queue/payment-queue.js';

/**
 * The one bridge from PostgreSQL to Redis. Claims a batch of messages by a lease, adds their jobs in one
 * call, and marks them. Killed anywhere, it leaves either unclaimed messages or ones whose lease runs out:
 * they are delivered again, and whoever consumes them is ready for that.
 */
@Injectable()
export class Relay {
  constructor(
    private readonly database: Database,
    @InjectQueue(PAYMENT_QUEUE) private readonly queue: Queue<PaymentJob>,
    @Inject(CONFIG) private readonly config: Pick<Config, 'relay' | 'redis'>,
  ) {
    // What fails is told by the call that failed; without a listener BullMQ prints it a second time.
    queue.on('error', (error) => {
      log.debug({ err: error }, 'payment queue');
    });
  }

  /**
   * Moves one batch.
   * @returns how many messages were delivered; as many as the batch holds means that more may wait
   * @throws where Redis or PostgreSQL fails; the messages stay in the outbox
   */
  async runOnce(): Promise<{ delivered: number }> {
    const { batchSize, leaseMs } = this.config.relay;
    const messages = await claimMessages(this.database, { batchSize, leaseMs });
    if (messages.length === 0) return { delivered: 0 };
    const ids = messages.map(({ id }) => id);
    try {
      await within(
        this.config.redis.commandTimeoutMs,
        'adding jobs',
        this.queue.addBulk(messages.map(jobFor)),
      );
    } catch (error) {
      await releaseMessages(this.database, ids);
      throw error;
    }
    await markDelivered(this.database, ids);
    return { delivered: messages.length };
  }
}
