import { create } from '../api/orders-support.js';
import { Control } from '../support/sandbox.js';
import { SECRET } from '../webhooks/webhook-support.js';
import { ApiClient } from '../support/api-client.js';
import { OrderDocument } from '../support/documents.js';
import { LockedDown } from '../support/locked-down.js';
import { DeadLettersDocument } from '../support/operator-documents.js';
import { Processes } from '../support/processes.js';
import type { SystemProcess } from '../support/system-process.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';

/** The key prefix of BullMQ's queue of charges. */
export const QUEUE = '{orders}:payments';

/** Short times, so that every sweep has something to do. */
const SOON = {
  PAYMENT_MAX_ATTEMPTS: '2',
  RECOVERY_INTERVAL_MS: '200',
  RECOVERY_STUCK_AFTER_MS: '1500',
  OUTBOX_RETENTION_MS: '1000',
  WORKER_LOCK_MS: '1000',
  WORKER_STALLED_CHECK_INTERVAL_MS: '500',
};

/** One real process of each role, with only the privileges of docs/operations.md at PostgreSQL and Redis. */
export class ClosedShop {
  readonly processes = new Processes();
  readonly sandbox: Control;
  readonly started: SystemProcess[] = [];

  private constructor(
    readonly locked: LockedDown,
    private readonly system: TestSystem,
  ) {
    this.sandbox = new Control(system.sandboxUrl);
  }

  static async open(): Promise<ClosedShop> {
    const locked = await LockedDown.start();
    const system = await setup({
      DATABASE_URL: locked.applicationUrl,
      REDIS_URL: locked.redisUrl,
      REDIS_PREFIX: '{orders}',
      STRIPE_WEBHOOK_SECRET: SECRET,
      ...SOON,
    });
    return new ClosedShop(locked, system);
  }

  async close(): Promise<void> {
    await this.processes.end();
    await this.system.close();
    await this.locked.remove();
  }

  async start(ROLE: string): Promise<SystemProcess> {
    const process = await this.processes.start({ ...this.system.env, ROLE });
    this.started.push(process);
    return process;
  }

  async client(api: SystemProcess, sub: string, roles: string[] = []): Promise<ApiClient> {
    return new ApiClient(api.url, await this.system.token(sub, { roles }));
  }

  async untilStatus(client: ApiClient, id: string, status: string): Promise<void> {
    await waitFor(
      `order ${id} ${status}`,
      async () => (await client.data(OrderDocument, { id })).order?.status === status,
      30_000,
    );
  }

  /** Waits for the order's open dead letter. @returns its id */
  async untilDead(operator: ApiClient, id: string): Promise<string> {
    return waitFor(`a dead letter of order ${id}`, async () => {
      const { deadLetters } = await operator.data(DeadLettersDocument, {});
      return deadLetters.edges.find(({ node }) => node.order.id === id)?.node.id;
    });
  }

  /** Runs `work` while the gateway has this fault. */
  async during(fault: object, work: () => Promise<void>): Promise<void> {
    await this.sandbox.addFault(fault);
    try {
      await work();
    } finally {
      await this.sandbox.clearFaults();
    }
  }

  /** Creates an order and waits for its job. Only while no worker runs. */
  async queued(client: ApiClient): Promise<{ readonly id: string; readonly job: string }> {
    const { id } = (await create(client)).order;
    const job = `charge-order-${id}`;
    await waitFor('the job', async () =>
      (await this.locked.redis.lrange(`${QUEUE}:wait`, 0, -1)).includes(job),
    );
    return { id, job };
  }

  async paymentIntentId(orderId: string): Promise<string> {
    const { rows } = await this.locked.sql.query<{ id: string | null }>(
      'SELECT payment_intent_id AS id FROM payments WHERE order_id = $1',
      [orderId],
    );
    if (rows[0]?.id == null) throw new Error(`order ${orderId} has no payment`);
    return rows[0].id;
  }
}
