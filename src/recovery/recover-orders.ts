import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../config.js';
import { CHARGE_ORDER } from '../outbox/message.js';
import { OutboxNews } from '../outbox/outbox-news.js';
import { CONFIG } from '../platform/config-token.js';
import { Database } from '../platform/database.js';
import { log } from '../platform/logger.js';

/**
 * Finds orders that should have moved on by now (their job vanished from Redis, say) and puts each back on
 * its way by a new outbox message. An order is found once in RECOVERY_STUCK_AFTER_MS at most, and what still
 * waits for it (a message in the outbox, a job in the queue) keeps a second one out, so the sweep can't grow
 * a backlog.
 */
@Injectable()
export class RecoverOrders {
  constructor(
    private readonly database: Database,
    private readonly news: OutboxNews,
    @Inject(CONFIG) private readonly config: Pick<Config, 'recovery'>,
  ) {}

  /**
   * One bounded batch, by the database's clock.
   * @returns how many orders it found; as many as the batch holds means that more may be due
   */
  async runOnce(): Promise<{ recovered: number }> {
    const { stuckAfterMs, batchSize } = this.config.recovery;
    const orders = await this.database.$queryRaw<{ orderId: string; queued: boolean }[]>`/* recover-orders */
      WITH stuck AS (
        UPDATE orders SET recover_after = now() + ${stuckAfterMs}::int * interval '1 millisecond'
        WHERE id = ANY (ARRAY(
          SELECT id FROM orders WHERE recover_after < now()
          ORDER BY recover_after LIMIT ${batchSize}::int
          FOR UPDATE SKIP LOCKED
        ))
        RETURNING id
      ), queued AS (
        INSERT INTO outbox_messages (kind, order_id) SELECT ${CHARGE_ORDER}, id FROM stuck
        WHERE NOT EXISTS (
          SELECT FROM outbox_messages waiting
          WHERE waiting.order_id = stuck.id AND waiting.kind = ${CHARGE_ORDER} AND waiting.delivered_at IS NULL
        )
        RETURNING order_id
      )
      SELECT id::text AS "orderId", order_id IS NOT NULL AS queued FROM stuck LEFT JOIN queued ON order_id = id`;
    if (orders.length > 0) this.news.wake();
    for (const { orderId, queued } of orders) {
      if (queued) log.warn({ orderId }, 'order was stuck; its work is queued again');
    }
    return { recovered: orders.length };
  }
}
