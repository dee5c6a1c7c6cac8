import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { DelayedError, type Job, Worker } from 'bullmq';
import type { Config } from '../config.js';
import { ChargeOrder } from '../payments/charge-order.js';
import { CONFIG } from '../platform/config-token.js';
import { log } from '../platform/logger.js';
import { patient, type RedisConnection, RedisConnections } from '../platform/redis.js';
import { PAYMENT_QUEUE, type PaymentJob } from './payment-queue.js';

/** A job lost its worker so often: it is dropped, and recovery puts its order back on its way. */
const MAX_STALLED_COUNT = 10;

/**
 * Takes jobs and turns a handler's result into BullMQ's terms; the only code of the worker that knows BullMQ.
 * (A Worker of our own rather than @Processor: that one takes its connection from the queue of the same
 * name, whose commands fail fast, while a worker's have to wait for Redis.)
 */
@Injectable()
export class PaymentWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private worker: Worker<PaymentJob> | undefined;
  private connection: RedisConnection | undefined;

  constructor(
    private readonly chargeOrder: ChargeOrder,
    private readonly connections: RedisConnections,
    @Inject(CONFIG) private readonly config: Pick<Config, 'redis' | 'queue'>,
  ) {}

  onApplicationBootstrap(): void {
    const { concurrency, lockMs, stalledCheckIntervalMs } = this.config.queue;
    this.connection = this.connections.open(patient());
    this.worker = new Worker<PaymentJob>(PAYMENT_QUEUE, (job, token) => this.process(job, token), {
      connection: this.connection,
      prefix: this.config.redis.prefix,
      concurrency,
      lockDuration: lockMs,
      stalledInterval: stalledCheckIntervalMs,
      maxStalledCount: MAX_STALLED_COUNT,
    });
    this.worker.on('stalled', (jobId) => {
      log.warn({ jobId }, 'a job lost its worker and is taken up again');
    });
    this.worker.on('failed', (job, error) => {
      log.error({ err: error, jobId: job?.id, orderId: job?.data.orderId }, 'payment job failed');
    });
    this.worker.on('error', (error) => {
      // Lost connections, mostly, which the connection itself has told already.
      log.debug({ err: error }, 'payment worker');
    });
  }

  /**
   * Takes no more jobs and waits for those under way, so that none is left to stall. Without Redis there is
   * nobody to tell: what was under way is then taken up by another worker.
   */
  async beforeApplicationShutdown(): Promise<void> {
    await this.worker?.close(this.connection?.status !== 'ready');
  }

  /** @throws DelayedError where the job runs again later; other errors make BullMQ retry with its backoff */
  private async process(job: Job<PaymentJob>, token?: string): Promise<void> {
    const result = await this.chargeOrder.run(job.data.orderId);
    if (result.kind === 'done') return;
    await job.moveToDelayed(Date.now() + result.afterMs, token);
    throw new DelayedError();
  }
}
