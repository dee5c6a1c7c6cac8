import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { type OrderStatus, taskIn } from '../orders/lifecycle.js';
import { MESSAGE_KIND } from '../orders/work-message.js';
import { MESSAGE_KINDS, type MessageKind } from '../outbox/message.js';
import { RelayWakeUp } from '../outbox/relay-wake-up.js';
import { CONFIG } from '../config/token.js';
import { withTimeout } from '../platform/with-timeout.js';
import { Database } from '../platform/database/database.js';
import { log } from '../platform/observability/logger.js';
import { LostJobs } from '../queue/lost-jobs.js';
import { jobIdFor } from '../queue/payment-queue.js';
import { PaymentQueues } from '../queue/payment-queues.js';

interface DueOrder {
  readonly orderId: string;
  readonly status: OrderStatus;
  readonly version: number;
}

/** A due order and its job; undefined where no task is due in its status. */
interface OverdueWork extends DueOrder {
  readonly job: { readonly kind: MessageKind; readonly id: string } | undefined;
}

/** A due order and the kind of its message, where its job is lost. */
interface CheckedOrder extends DueOrder {
  readonly lostKind: MessageKind | null;
}

/**
 * Finds orders that should have moved on by now, and looks for their jobs in the queue. Where Redis has lost the job,
 * the order gets a new outbox message, unless one is still undelivered. Queued and active jobs are left alone, so this
 * never adds to a backlog. While Redis is down nothing changes: the orders stay due.
 */
@Injectable()
export class RecoverOrders {
  private readonly lostJobs: ReadonlyMap<MessageKind, LostJobs>;

  constructor(
    private readonly database: Database,
    queues: PaymentQueues,
    private readonly relayWakeUp: RelayWakeUp,
    @Inject(CONFIG) private readonly config: Pick<Config, 'recovery' | 'redis'>,
  ) {
    this.lostJobs = new Map(MESSAGE_KINDS.map((kind) => [kind, new LostJobs(queues.of(kind))]));
  }

  /**
   * One bounded batch, by the database's clock, longest overdue first.
   * @returns how many orders were due, and for how many a message was added
   * @throws what Redis or PostgreSQL throws
   */
  async runOnce(): Promise<{ due: number; requeued: number }> {
    const due = await this.database.$queryRaw<DueOrder[]>`/* find-due-orders */
      SELECT id::text AS "orderId", status, version FROM orders WHERE recover_after < now()
      ORDER BY recover_after LIMIT ${this.config.recovery.batchSize}::int`;
    if (due.length === 0) return { due: 0, requeued: 0 };
    const requeued = await this.requeue(await this.check(due));
    for (const orderId of requeued)
      log.warn({ orderId }, 'an order was due and had no job; its work is queued again');
    if (requeued.length > 0) this.relayWakeUp.wake();
    return { due: due.length, requeued: requeued.length };
  }

  private async check(orders: readonly DueOrder[]): Promise<CheckedOrder[]> {
    const work = orders.map((order): OverdueWork => {
      const task = taskIn(order.status);
      if (task === undefined) return { ...order, job: undefined };
      const kind = MESSAGE_KIND[task];
      return { ...order, job: { kind, id: jobIdFor({ kind, orderId: order.orderId }) } };
    });
    const lost = await withTimeout(
      this.config.redis.commandTimeoutMs,
      'asking the queue for overdue jobs',
      this.findLost(work),
    );
    return work.map(({ job, ...order }) => ({
      ...order,
      lostKind: job !== undefined && lost.has(job.id) ? job.kind : null,
    }));
  }

  private async findLost(work: readonly OverdueWork[]): Promise<ReadonlySet<string>> {
    const lost = await Promise.all(
      [...this.lostJobs].map(async ([kind, lostJobs]) => {
        const jobIds = work.flatMap(({ job }) => (job?.kind === kind ? [job.id] : []));
        return jobIds.length === 0 ? [] : [...(await lostJobs.find(jobIds))];
      }),
    );
    return new Set(lost.flat());
  }

  /**
   * Postpones the orders' next recovery, and adds a message where the job is lost. Skips orders that have moved, or that
   * another sweep holds.
   * @returns the ids of orders with a new message
   */
  private async requeue(orders: readonly CheckedOrder[]): Promise<string[]> {
    const rows = await this.database.$queryRaw<{ orderId: string }[]>`/* recover-orders */
      WITH due AS (
        SELECT o.id, c.lost FROM orders o
        JOIN unnest(
          ${orders.map(({ orderId }) => orderId)}::uuid[],
          ${orders.map(({ version }) => version)}::int[],
          ${orders.map(({ lostKind }) => lostKind)}::text[]
        ) AS c (id, version, lost) ON c.id = o.id
        WHERE o.version = c.version AND o.recover_after < now()
        FOR UPDATE OF o SKIP LOCKED
      ), moved AS (
        UPDATE orders SET recover_after = now() + ${this.config.recovery.stuckAfterMs}::int * interval '1 millisecond'
        FROM due WHERE orders.id = due.id
        RETURNING orders.id, due.lost
      )
      INSERT INTO outbox_messages (kind, order_id)
      SELECT lost, id FROM moved
      -- (NOT IN, not NOT EXISTS: it reads the undelivered messages once, whatever PostgreSQL's estimate.)
      WHERE lost IS NOT NULL
        AND (lost, id) NOT IN (SELECT kind, order_id FROM outbox_messages WHERE delivered_at IS NULL)
      RETURNING order_id::text AS "orderId"`;
    return rows.map(({ orderId }) => orderId);
  }
}
