import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { DelayedError, type Job, Worker } from 'bullmq';
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../config/config.js';
import { CHARGE_ORDER, MESSAGE_KINDS, type MessageKind, REFUND_ORDER } from '../outbox/message.js';
import { CircuitBreakers } from '../payments/circuit-breaker/circuit-breakers.js';
import { taskOfKind } from '../payments/task.js';
import { CONFIG } from '../config/token.js';
import { log } from '../platform/observability/logger.js';
import { outageBegins } from '../platform/observability/outage.js';
import { patient, type RedisConnection, RedisConnections } from '../platform/redis/redis.js';
import { JobHandler } from './job-handler.js';
import type { PaymentJob } from './payment-queue.js';

/** Never reached: a job that loses its worker often is set aside by its handler, which can tell an operator. */
const MAX_STALLED_COUNT = 1_000;
/** After an error of its connection; orders are to move again within seconds of an outage's end. */
const RETRY_DELAY_MS = 1_000;
/** In an outage errors come every few seconds. After so long without one the next is another outage's. */
const OUTAGE_QUIET_MS = 30_000;
/** For jobs that the breaker held back when this process stopped: another one takes them up. */
const HAND_OVER_MS = 500;
/** Far more than BullMQ needs to close a worker that has no job, where Redis answers. */
const IDLE_CLOSE_TIMEOUT_MS = 2_000;

/**
 * Takes jobs and turns a handler's result into BullMQ's terms; the only code of the worker that knows BullMQ. Each
 * kind of work has jobs, places and a circuit breaker of its own, so that refunds never wait for charges.
 * (Workers of our own rather than @Processor: that one takes its connection from the queue of the same
 * name, whose commands fail fast, while a worker's have to wait for Redis.)
 */
@Injectable()
export class PaymentWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private workers: readonly Worker<PaymentJob>[] = [];
  private connection: RedisConnection | undefined;
  private readonly outageBegins = outageBegins(OUTAGE_QUIET_MS);
  private jobsUnderWay = 0;

  constructor(
    private readonly handler: JobHandler,
    private readonly breakers: CircuitBreakers,
    private readonly connections: RedisConnections,
    @Inject(CONFIG) private readonly config: Pick<Config, 'redis' | 'queue'>,
  ) {}

  onApplicationBootstrap(): void {
    this.connection = this.connections.open(patient());
    this.workers = MESSAGE_KINDS.map((kind) => this.startWorker(kind));
  }

  /**
   * Takes no more jobs and waits for those under way, so that none is left to stall. Without Redis there is
   * nobody to tell: what was under way is then taken up by another worker. Where a connection is lost meanwhile and
   * waits to be opened again, BullMQ waits for it for ever; a worker without jobs need not.
   */
  async beforeApplicationShutdown(): Promise<void> {
    this.breakers.stop();
    const force = this.connection?.status !== 'ready';
    const closed = Promise.all(this.workers.map((worker) => worker.close(force))).then(() => true);
    if (!(await Promise.race([closed, this.idleFor(IDLE_CLOSE_TIMEOUT_MS)])))
      log.warn('payment worker: lost Redis while it stopped; other workers take up what it could not report');
    closed.catch((error: unknown) => {
      log.debug({ err: error }, 'payment worker: did not close');
    });
  }

  /** @returns false when no job has been under way for about so long */
  private async idleFor(timeMs: number): Promise<false> {
    for (let wasIdle = false; ;) {
      const isIdle = this.jobsUnderWay === 0;
      if (wasIdle && isIdle) return false;
      wasIdle = isIdle;
      await delay(timeMs, undefined, { ref: false });
    }
  }

  private startWorker(kind: MessageKind): Worker<PaymentJob> {
    const { concurrency, refundConcurrency, lockMs, stalledCheckIntervalMs } = this.config.queue;
    if (this.connection === undefined) throw new Error('a worker was started without its connection');
    const worker = new Worker<PaymentJob>(
      taskOfKind(kind).queue,
      (job, token) => this.process(kind, job, token),
      {
        // Each worker copies it for its blocking command; the others may share it.
        connection: this.connection,
        prefix: this.config.redis.prefix,
        concurrency: { [CHARGE_ORDER]: concurrency, [REFUND_ORDER]: refundConcurrency }[kind],
        lockDuration: lockMs,
        stalledInterval: stalledCheckIntervalMs,
        maxStalledCount: MAX_STALLED_COUNT,
        runRetryDelay: RETRY_DELAY_MS,
        // The jobs themselves say so too; this is for those that somebody else put there.
        removeOnComplete: { count: 0 },
        removeOnFail: { count: 0 },
      },
    );
    worker.on('stalled', (jobId) => {
      log.warn({ jobId }, 'a job lost its worker and is taken up again');
    });
    worker.on('failed', (job, error) => {
      log.error({ err: error, jobId: job?.id }, 'payment job failed');
    });
    worker.on('error', (error) => {
      const level = this.outageBegins() ? 'warn' : 'debug';
      log[level]({ err: error }, 'payment worker: jobs wait until Redis works again');
    });
    return worker;
  }

  /** @throws DelayedError where the job runs again later; other errors make BullMQ retry with its backoff */
  private async process(kind: MessageKind, job: Job<PaymentJob>, token?: string): Promise<void> {
    const { name, stalledCounter: deaths, attemptsMade, opts } = job;
    const lastTry = attemptsMade + 1 >= (opts.attempts ?? 1);
    this.jobsUnderWay += 1;
    try {
      const result = await this.breakers
        .of(kind)
        .run(() => this.handler.handle({ name, data: job.data, deaths, lastTry }));
      if (result?.kind === 'done') return;
      await job.moveToDelayed(Date.now() + (result?.afterMs ?? HAND_OVER_MS), token);
      throw new DelayedError();
    } finally {
      this.jobsUnderWay -= 1;
    }
  }
}
