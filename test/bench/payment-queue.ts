import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { TASKS } from '../../src/payments/task.js';
import { jobFor, type PaymentJob } from '../../src/queue/payment-queue.js';

/** The same as the relay's: BullMQ is fastest with some hundred jobs a call. */
const BATCH_SIZE = 500;

/** The queue between relay and worker, as a benchmark fills and empties it. */
export class PaymentQueue {
  private readonly redis: Redis;
  private readonly queue: Queue<PaymentJob>;

  constructor(redisUrl: string) {
    this.redis = new Redis(redisUrl, { maxRetriesPerRequest: null });
    this.redis.on('error', () => undefined);
    this.queue = new Queue(TASKS.CHARGE.queue, { prefix: '{orders}', connection: this.redis });
    this.queue.on('error', () => undefined);
  }

  /** Adds a charge for each order, in batches, one after another. */
  async add(orderIds: readonly string[]): Promise<void> {
    for (let at = 0; at < orderIds.length; at += BATCH_SIZE) {
      const batch = orderIds.slice(at, at + BATCH_SIZE);
      await this.queue.addBulk(batch.map((orderId) => jobFor({ kind: 'CHARGE_ORDER', orderId })));
    }
  }

  /** Jobs that are waiting, active or delayed. */
  async count(): Promise<number> {
    const counts = await this.queue.getJobCounts('waiting', 'prioritized', 'active', 'delayed');
    return Object.values(counts).reduce((sum, each) => sum + each, 0);
  }

  /** Must be called while the queue is not in use. */
  async clear(): Promise<void> {
    await this.redis.flushall();
  }

  async close(): Promise<void> {
    await this.queue.close();
    this.redis.disconnect();
  }
}
