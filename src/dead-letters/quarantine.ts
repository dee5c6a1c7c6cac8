import { Injectable } from '@nestjs/common';
import { taskIn } from '../orders/lifecycle.js';
import { OrderTransitions } from '../orders/transition-order.js';
import { openDeadLetter } from '../payments/open-dead-letter.js';
import { TASKS } from '../payments/task.js';
import { loadWorkOrders } from '../payments/work-order.js';
import { Database } from '../platform/database/database.js';
import { log } from '../platform/observability/logger.js';

/** Opens dead letters for poison messages and jobs, which no retry can finish. */
@Injectable()
export class Quarantine {
  constructor(
    private readonly database: Database,
    private readonly transitions: OrderTransitions,
  ) {}

  /**
   * Opens a dead letter, unless the order has one, is at rest, or doesn't exist.
   * @param why one plain sentence for operators
   */
  async openDeadLetterFor(orderId: string, why: string, actor: 'worker' | 'recovery'): Promise<void> {
    const [order] = await loadWorkOrders(this.database, [orderId]);
    const task = order === undefined ? undefined : taskIn(order.status);
    if (order === undefined || task === undefined || order.waitsForOperator) {
      log.error({ orderId, why }, 'dropping a poison message or job: no task of its order depends on it');
      return;
    }
    await openDeadLetter(this.transitions, order, { attempts: TASKS[task].attempts(order), why, actor });
  }
}
