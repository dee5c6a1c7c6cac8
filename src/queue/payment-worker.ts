import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { DelayedError, type Job, Worker } from 'bullmq';
import type { Config } from '../config.js';
import { CircuitBreaker } from '../payments/circuit-breaker.js';
import { CONFIG } from '../platform/config-token.js';
import { log } from '../platform/logger.js';
import { outageBegins } from '../platform/outage.js';
import { patient, type RedisConnection, RedisConnections } from '../platform/redis.js';
import { JobHandler } from './job-handler.js';
import { PAYMENT_QUEUE, type PaymentJob } from './payment-queue.js';

/** Never reached: a job that loses its worker often is set aside by its handler, which can tell an operator. */
const MAX_STALLED_COUNT = 1_000;
/** After an error of its connection; orders are to move again within seconds of an outage's end. */
const RETRY_DELAY_MS = 1_000;
/** In an outage errors come every few seconds. After so long without one the next is another outage's. */
const OUTAGE_QUIET_MS = 30_000;
/** For jobs that the breaker held back when this process stopped: another one takes them up. */
const HAND_OVER_MS = 500;

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
    private readonly handler: JobHandler,
    private readonly breaker: CircuitBreaker,
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
      runRetryDelay: RETRY_DELAY_MS,
      // The jobs themselves say so too; this is for those that somebody else put there.
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
    });
    this.worker.on('stalled', (jobId) => {
      log.warn({ jobId }, 'a job lost its worker and is taken up again');
    });
    this.worker.on('failed', (job, error) => {
      log.error({ err: error, jobId: job?.id }, 'payment job failed');
    });
    const begins = outageBegins(OUTAGE_QUIET_MS);
    this.worker.on('error', (error) => {
      log[begins() ? 'warn' : 'debug']({ err: error }, 'payment worker: jobs wait until Redis works again');
    });
  }

  /**
   * Takes no more jobs and waits for those under way, so that none is left to stall. Without Redis there is
   * nobody to tell: what was under way is then taken up by another worker.
   */
  async beforeApplicationShutdown(): Promise<void> {
    this.breaker.stop();
    await this.worker?.close(this.connection?.status !== 'ready');
  }

  /** @throws DelayedError where the job runs again later; other errors make BullMQ retry with its backoff */
  private async process(job: Job<PaymentJob>, token?: string): Promise<void> {
    const { name, stalledCounter: deaths, attemptsMade, opts } = job;
    const lastTry = attemptsMade + 1 >= (opts.attempts ?? 1);
    const result = await this.breaker.run(() =>
      this.handler.handle({ name, data: job.data, deaths, lastTry }),
    );
    if (result?.kind === 'done') return;
    await job.moveToDelayed(Date.now() + (result?.afterMs ?? HAND_OVER_MS), token);
    throw new DelayedError();
  }
}
