import type { OrderSteps } from './order-steps.js';
import { OrderChangeNotifier } from '../../src/orders/order-change-notifier.js';
import { OrderTransitions } from '../../src/orders/transition-order.js';
import { Quarantine } from '../../src/dead-letters/quarantine.js';
import { buildChargeOrder, buildRefundOrder } from '../../src/payments/build-tasks.js';
import type { PaymentGateway } from '../../src/payments/payment-gateway.js';
import { Database } from '../../src/platform/database/database.js';
import { JobHandler } from '../../src/queue/job-handler.js';

/** A worker's parts with database connections of their own. Concurrent jobs share its statements. */
export class SecondWorker {
  readonly database: Database;
  readonly transitions: OrderTransitions;
  readonly jobs: JobHandler;

  constructor(
    steps: OrderSteps,
    {
      url = steps.config.database.url,
      gateway = steps.gateway,
    }: { url?: string; gateway?: PaymentGateway } = {},
  ) {
    const { config } = steps;
    const database = new Database({ database: { ...config.database, url } });
    const transitions = new OrderTransitions(
      database,
      steps.app.get(OrderChangeNotifier, { strict: false }),
      config,
    );
    const { books } = steps;
    const parts = { database, transitions, gateway, books, config, rewinds: steps.rewindGuard(database) };
    this.database = database;
    this.transitions = transitions;
    this.jobs = new JobHandler(
      buildChargeOrder(parts),
      buildRefundOrder(parts),
      new Quarantine(database, transitions),
    );
  }

  /** Runs the orders' charges concurrently, each with retries, as the queue does. @returns the number of retries */
  async chargeAll(orderIds: readonly string[]): Promise<number> {
    const retries = await Promise.all(orderIds.map((orderId) => this.charge(orderId)));
    return retries.reduce((sum, again) => sum + again, 0);
  }

  private async charge(orderId: string): Promise<number> {
    const job = { name: 'charge-order', data: { orderId }, deaths: 0, lastTry: false };
    for (let again = 0; again < MAX_RUNS; again += 1)
      if ((await this.jobs.handle(job)).kind === 'done') return again;
    throw new Error(`order ${orderId} asks for more than ${MAX_RUNS} runs`);
  }

  async close(): Promise<void> {
    await this.database.$disconnect();
  }
}

/** Far more runs than any order needs. */
const MAX_RUNS = 50;
