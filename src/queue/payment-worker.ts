import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { DelayedError, type Job, type Worker } from 'bullmq';
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '../config/config.js';
import { CHARGE_ORDER, MESSAGE_KINDS, type MessageKind, REFUND_ORDER } from '../outbox/message.js';
import { CircuitBreakers } from '../payments/circuit-breaker/circuit-breakers.js';
import { RewindCheck } from '../payments/rewind/rewind-check.js';
import { taskOfKind } from '../payments/task.js';
import { CONFIG } from '../config/token.js';
import { log } from '../platform/observability/logger.js';
import { outageBegins } from '../platform/observability/outage.js';
import { patient, type RedisConnection, RedisConnections } from '../platform/redis/redis.js';
import { rateWindow, ThrottledWorker } from './gateway-rate.js';
import { JobHandler } from './job-handler.js';
import type { PaymentJob } from './payment-queue.js';

/** Never reached: the handler quarantines a job that has lost its worker too often. */
const MAX_STALLED_COUNT = 1_000;
/** After a connection error; orders should move again within seconds of an outage's end. */
const RETRY_DELAY_MS = 1_000;
/** During an outage there is an error every few seconds. After this long without one, the next begins a new outage. */
const OUTAGE_QUIET_MS = 30_000;
/** For jobs that waited for the circuit breaker when this process stopped: another worker takes them. */
const HANDOVER_DELAY_MS = 500;
/** Far more than BullMQ needs to close an idle worker while Redis answers. */
const IDLE_CLOSE_TIMEOUT_MS = 2_000;

/**
 * Runs jobs, and translates the handler's results for BullMQ. Each kind of work has a queue, a concurrency, a rate and a
 * circuit breaker of its own, so that refunds never wait for charges. (Not @Processor: it uses the connection of its
 * queue, whose commands fail fast, while a worker's have to wait for Redis.)
 */
@Injectable()
export class PaymentWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private workers: readonly Worker<PaymentJob>[] = [];
  private connection: RedisConnection | undefined;
  private readonly outageBegins = outageBegins(OUTAGE_QUIET_MS);
  private activeJobs = 0;
  private readonly stopped = new AbortController();
  private starting: Promise<void> | undefined;

  constructor(
    private readonly handler: JobHandler,
    private readonly breakers: CircuitBreakers,
    private readonly connections: RedisConnections,
    private readonly rewinds: RewindCheck,
    @Inject(CONFIG) private readonly config: Pick<Config, 'redis' | 'queue' | 'payment'>,
  ) {}

  onApplicationBootstrap(): void {
    this.connection = this.connections.open(patient());
    this.starting = this.start();
  }

  private async start(): Promise<void> {
    await this.rewinds.untilChecked(this.stopped.signal);
    if (!this.stopped.signal.aborted) this.workers = MESSAGE_KINDS.map((kind) => this.startWorker(kind));
  }

  /**
   * Takes no more jobs and waits for the active ones, so that none stalls. Without Redis it can't report results, and
   * another worker will run the active jobs again. BullMQ waits forever for a connection that is lost during the close,
   * so an idle worker does not wait for it.
   */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopped.abort();
    await this.starting;
    this.breakers.stop();
    const force = this.connection?.status !== 'ready';
    const closed = Promise.all(this.workers.map((worker) => worker.close(force))).then(() => true);
    if (!(await Promise.race([closed, this.idleFor(IDLE_CLOSE_TIMEOUT_MS)])))
      log.warn('payment worker: lost Redis during shutdown; other workers will run unreported jobs again');
    closed.catch((error: unknown) => {
      log.debug({ err: error }, 'payment worker: closing failed');
    });
  }

  /** Resolves once no job has been active for about `timeMs`. */
  private async idleFor(timeMs: number): Promise<false> {
    for (let wasIdle = false; ;) {
      const isIdle = this.activeJobs === 0;
      if (wasIdle && isIdle) return false;
      wasIdle = isIdle;
      await delay(timeMs, undefined, { ref: false });
    }
  }

  private startWorker(kind: MessageKind): Worker<PaymentJob> {
    const { concurrency, refundConcurrency, lockMs, stalledCheckIntervalMs } = this.config.queue;
    if (this.connection === undefined) throw new Error('the payment worker has no Redis connection');
    const { requestsPerSecond } = this.config.payment;
    const worker = new ThrottledWorker<PaymentJob>(
      taskOfKind(kind).queue,
      (job, token) => this.process(kind, job, token),
      {
        // Each worker duplicates it for its blocking command.
        connection: this.connection,
        prefix: this.config.redis.prefix,
        ...(requestsPerSecond === undefined ? {} : { limiter: rateWindow(requestsPerSecond) }),
        concurrency: { [CHARGE_ORDER]: concurrency, [REFUND_ORDER]: refundConcurrency }[kind],
        lockDuration: lockMs,
        stalledInterval: stalledCheckIntervalMs,
        maxStalledCount: MAX_STALLED_COUNT,
        runRetryDelay: RETRY_DELAY_MS,
        // Our jobs have these options themselves; this is for jobs that something else added.
        removeOnComplete: { count: 0 },
        removeOnFail: { count: 0 },
      },
    );
    worker.on('stalled', (jobId) => {
      log.warn({ jobId }, 'a job lost its worker and will run again');
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

  /** @throws DelayedError where the job is to run again later; after any other error BullMQ retries by its backoff */
  private async process(kind: MessageKind, job: Job<PaymentJob>, token?: string): Promise<void> {
    const { name, stalledCounter: deaths, attemptsMade, opts } = job;
    const lastTry = attemptsMade + 1 >= (opts.attempts ?? 1);
    this.activeJobs += 1;
    try {
      const result = await this.breakers
        .of(kind)
        .run(() => this.handler.handle({ name, data: job.data, deaths, lastTry }));
      if (result?.kind === 'done') return;
      await job.moveToDelayed(Date.now() + (result?.afterMs ?? HANDOVER_DELAY_MS), token);
      throw new DelayedError();
    } finally {
      this.activeJobs -= 1;
    }
  }
}
