import { Injectable } from '@nestjs/common';
import { openDeadLetter, taskIn } from '../orders/dead-letter.js';
import type { OrderStatus } from '../orders/order-status.js';
import { OrderTransitions } from '../orders/transition-order.js';
import { Database } from '../platform/database.js';
import { log } from '../platform/logger.js';

interface OrderWithAttempts {
  readonly status: OrderStatus;
  readonly version: number;
  readonly charges: number;
  readonly refunds: number;
  readonly waitsForOperator: boolean;
}

/** Puts an order's work before an operator that no repetition can finish: poison, or a worker's death each time. */
@Injectable()
export class SetAside {
  constructor(
    private readonly database: Database,
    private readonly transitions: OrderTransitions,
  ) {}

  /**
   * Opens a dead letter, unless the order has one, is at rest, or doesn't exist.
   * @param why one plain sentence for operators
   */
  async order(orderId: string, why: string, actor: 'worker' | 'recovery'): Promise<void> {
    const [order] = await this.database.$queryRaw<OrderWithAttempts[]>`/* load-order-to-set-aside */
      SELECT o.status, o.version, coalesce(p.attempts, 0) AS charges, coalesce(r.attempts, 0) AS refunds,
        EXISTS (SELECT FROM dead_letters d WHERE d.order_id = o.id AND d.state = 'OPEN') AS "waitsForOperator"
      FROM orders o LEFT JOIN payments p ON p.order_id = o.id LEFT JOIN refunds r ON r.order_id = o.id
      WHERE o.id = ${orderId}::uuid`;
    const task = order === undefined ? undefined : taskIn(order.status);
    if (order === undefined || task === undefined || order.waitsForOperator) {
      log.error({ orderId, why }, 'poison set aside; no work of the order depends on it');
      return;
    }
    const attempts = task === 'CHARGE' ? order.charges : order.refunds;
    await openDeadLetter(this.transitions, { ...order, id: orderId }, { task, attempts, why, actor });
  }
}
