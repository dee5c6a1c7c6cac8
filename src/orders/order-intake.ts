import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../config.js';
import { OutboxNews } from '../outbox/outbox-news.js';
import { CONFIG } from '../platform/config-token.js';
import { Database } from '../platform/database.js';
import { log } from '../platform/logger.js';
import { type CreateOrderOutcome, createOrders, type NewOrder } from './create-orders.js';

/** Takes new orders in: stores them, and wakes the relay after the commit. Redis is never waited for. */
@Injectable()
export class OrderIntake {
  constructor(
    private readonly database: Database,
    private readonly outboxNews: OutboxNews,
    @Inject(CONFIG) private readonly config: Pick<Config, 'recovery'>,
  ) {}

  /** @throws what the database throws; then the outcome is unknown, and the same call again settles it. */
  async create(order: NewOrder): Promise<CreateOrderOutcome> {
    const [outcome] = await createOrders(this.database, [order], this.config.recovery.stuckAfterMs);
    if (outcome === undefined) throw new Error('createOrders answered with no outcome');
    if (outcome.kind === 'created') {
      log.info({ orderId: outcome.order.id, event: 'ORDER_CREATED' }, 'order created');
      this.outboxNews.wake();
    }
    return outcome;
  }
}
