import type { Database } from '../../platform/database/database.js';
import { retryRolledBack } from '../../platform/database/retry-rolled-back.js';
import { batched } from '../../platform/database/statement-batcher.js';
import type { CreateOrderOutcome, NewOrder } from './create-order-outcome.js';
import { createOrders, type CreateOrdersSettings, findReplays } from './create-orders.js';

/** Concurrent creates share one statement, and so do concurrent look-ups of replays. */
export class CreateOrderBatches {
  /** @throws QueueFullError, and what the database throws */
  readonly create: (order: NewOrder) => Promise<CreateOrderOutcome>;
  /** Undefined where the key has no order. @throws QueueFullError, and what the database throws */
  readonly findReplay: (order: NewOrder) => Promise<CreateOrderOutcome | undefined>;

  /** @param maxPending callers of each method that may wait; the next one is rejected */
  constructor(
    private readonly database: Database,
    private readonly settings: CreateOrdersSettings,
    maxPending: number,
  ) {
    this.create = batched((orders) => this.run(orders), maxPending);
    this.findReplay = batched((orders) => findReplays(database, orders), maxPending);
  }

  /** In a statement of its own. @throws what the database throws */
  async createAlone(order: NewOrder): Promise<CreateOrderOutcome> {
    const [outcome] = await this.run([order]);
    if (outcome === undefined) throw new Error('createOrders returned no outcome');
    return outcome;
  }

  private async run(orders: readonly NewOrder[]): Promise<CreateOrderOutcome[]> {
    return retryRolledBack(() => createOrders(this.database, orders, this.settings));
  }
}
