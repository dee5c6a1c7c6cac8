import { Injectable } from '@nestjs/common';
import { Quarantine } from '../dead-letters/quarantine.js';
import type { Task } from '../orders/lifecycle.js';
import { ChargeOrder } from '../payments/charge-order.js';
import { RefundOrder } from '../payments/refund-order.js';
import { taskOfJob } from '../payments/task.js';
import { DONE, type WorkResult } from '../payments/work-result.js';
import { isDatabaseUnavailable } from '../platform/database/database-errors.js';
import { log } from '../platform/observability/logger.js';
import { UUID } from '../platform/uuid.js';

/** A job as it comes from Redis, where anything may stand in it. */
export interface ReceivedJob {
  readonly name: string;
  readonly data: unknown;
  /** How often a worker has died with it. */
  readonly deaths: number;
  /** BullMQ will not repeat it after another error. */
  readonly lastTry: boolean;
}

/** A deploy or a crash of a machine costs a job one worker; one that costs so many is likely their killer. */
const MAX_WORKER_DEATHS = 5;
/** PostgreSQL is back within seconds, mostly. */
const DATABASE_PAUSE_MS = 1_000;

/** Runs a job's work, and keeps poison from going round for ever. */
@Injectable()
export class JobHandler {
  private readonly works: Readonly<Record<Task, { run(orderId: string): Promise<WorkResult> }>>;

  constructor(
    chargeOrder: ChargeOrder,
    refundOrder: RefundOrder,
    private readonly setAside: Quarantine,
  ) {
    this.works = { CHARGE: chargeOrder, REFUND: refundOrder };
  }

  /** @throws an unexpected error while the job has tries left; after the last one its order is set aside */
  async handle(job: ReceivedJob): Promise<WorkResult> {
    const orderId = orderIdIn(job.data);
    if (orderId === undefined) {
      log.error({ jobName: job.name }, 'a job without an order was dropped');
      return DONE;
    }
    try {
      const task = taskOfJob(job.name);
      if (task === undefined) return await this.giveUp(orderId, 'The queue held a job of an unknown kind.');
      if (job.deaths > MAX_WORKER_DEATHS)
        return await this.giveUp(orderId, `Its worker died ${job.deaths} times.`);
      return await this.works[task].run(orderId);
    } catch (error) {
      if (isDatabaseUnavailable(error))
        return { kind: 'retry', afterMs: DATABASE_PAUSE_MS * (1 + Math.random()) };
      if (!job.lastTry) throw error;
      log.error({ err: error, orderId }, 'a job failed for good');
      return this.giveUp(orderId, 'The work failed unexpectedly; the log has the details.');
    }
  }

  private async giveUp(orderId: string, why: string): Promise<WorkResult> {
    await this.setAside.order(orderId, why, 'worker');
    return DONE;
  }
}

/** As PostgreSQL writes it: its answers are matched by it. */
function orderIdIn(data: unknown): string | undefined {
  const { orderId } = (typeof data === 'object' && data !== null ? data : {}) as {
    readonly orderId?: unknown;
  };
  return typeof orderId === 'string' && UUID.test(orderId) ? orderId.toLowerCase() : undefined;
}
