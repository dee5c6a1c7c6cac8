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

/** A job as read from Redis; nothing in it is trusted. */
export interface ReceivedJob {
  readonly name: string;
  readonly data: unknown;
  /** How many workers have died while running it. */
  readonly deaths: number;
  /** After another error BullMQ will not run it again. */
  readonly lastTry: boolean;
}

/** A deploy or a machine's crash costs a job one worker. A job that has lost more than this probably kills them. */
const MAX_WORKER_DEATHS = 5;
/** PostgreSQL is usually back within seconds. */
const DATABASE_PAUSE_MS = 1_000;

/** Runs a job's task, and quarantines poison jobs. */
@Injectable()
export class JobHandler {
  private readonly tasks: Readonly<Record<Task, { run(orderId: string): Promise<WorkResult> }>>;

  constructor(
    chargeOrder: ChargeOrder,
    refundOrder: RefundOrder,
    private readonly quarantine: Quarantine,
  ) {
    this.tasks = { CHARGE: chargeOrder, REFUND: refundOrder };
  }

  /** @throws unexpected errors while the job has tries left; after the last try its order is quarantined */
  async handle(job: ReceivedJob): Promise<WorkResult> {
    const orderId = orderIdIn(job.data);
    if (orderId === undefined) {
      log.error({ jobName: job.name }, 'dropped a job without an order id');
      return DONE;
    }
    try {
      const task = taskOfJob(job.name);
      if (task === undefined) return await this.giveUp(orderId, 'The queue held a job of an unknown kind.');
      if (job.deaths > MAX_WORKER_DEATHS)
        return await this.giveUp(orderId, `Its worker died ${job.deaths} times.`);
      return await this.tasks[task].run(orderId);
    } catch (error) {
      if (isDatabaseUnavailable(error))
        return { kind: 'retry', afterMs: DATABASE_PAUSE_MS * (1 + Math.random()) };
      if (!job.lastTry) throw error;
      log.error({ err: error, orderId }, 'a job failed on its last try; opening a dead letter');
      return this.giveUp(orderId, 'The work failed unexpectedly; the log has the details.');
    }
  }

  private async giveUp(orderId: string, why: string): Promise<WorkResult> {
    await this.quarantine.openDeadLetterFor(orderId, why, 'worker');
    return DONE;
  }
}

/** In lower case, as PostgreSQL returns it: rows are matched to orders by this id. */
function orderIdIn(data: unknown): string | undefined {
  const { orderId } = (typeof data === 'object' && data !== null ? data : {}) as {
    readonly orderId?: unknown;
  };
  return typeof orderId === 'string' && UUID.test(orderId) ? orderId.toLowerCase() : undefined;
}
