import { create } from '../api/orders-support.js';
import { Control, payment, stripeClient } from '../support/sandbox.js';
import { SECRET } from '../webhooks/webhook-support.js';
import { ApiClient } from '../support/api-client.js';
import {
  PaymentDiscrepanciesDocument,
  ResolvePaymentDiscrepancyDocument,
} from '../support/discrepancy-documents.js';
import { OrderDocument } from '../support/documents.js';
import { LockedDown } from '../support/locked-down.js';
import { DeadLettersDocument } from '../support/operator-documents.js';
import { CompletePaymentActionDocument, PayOrderDocument } from '../support/payment-documents.js';
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
  RECONCILE_INTERVAL_MS: '500',
  RECONCILE_GRACE_MS: '0',
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
    readonly system: TestSystem,
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
      // As in production with Stripe itself: the limiter's commands need their privileges too.
      GATEWAY_REQUESTS_PER_SECOND: '20',
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

  /** Returns the money of a payment that names no order, as an operator. @returns its money in the sandbox's ledger */
  async refundOrphan(operator: ApiClient): Promise<unknown> {
    const name = 'no-order';
    const stripe = stripeClient(Number(new URL(this.system.sandboxUrl).port));
    const { id: paymentId } = await stripe.paymentIntents.create(payment(name, { confirm: true }));
    await this.locked.sql.query(
      `INSERT INTO payment_discrepancies (kind, gateway_payment_id, detail)
       VALUES ('ORPHAN_PAYMENT', $1, 'It names no order.')`,
      [paymentId],
    );
    const { paymentDiscrepancies } = await operator.data(PaymentDiscrepanciesDocument, {});
    const listed = paymentDiscrepancies.edges.find(({ node }) => node.gatewayPaymentId === paymentId);
    const decision = { id: listed?.node.id ?? '', action: 'REFUND', reason: 'It is not ours.' } as const;
    await operator.data(ResolvePaymentDiscrepancyDocument, decision);
    return this.sandbox.order(name);
  }

  /** Has the client's payment declined, and paid again by a card whose bank asks for the customer. */
  async payAgain(client: ApiClient): Promise<void> {
    const { id: orderId } = (await create(client, { paymentMethod: 'pm_card_chargeDeclined' })).order;
    await this.untilStatus(client, orderId, 'PAYMENT_FAILED');
    const paymentMethod = 'pm_card_threeDSecure2Required';
    const input = { orderId, idempotencyKey: 'pay-again', paymentMethod };
    await client.data(PayOrderDocument, { input });
    await this.untilStatus(client, orderId, 'REQUIRES_ACTION');
    await this.sandbox.answerBank(await this.paymentIntentId(orderId), 'succeeded');
    await client.data(CompletePaymentActionDocument, { orderId });
    await this.untilStatus(client, orderId, 'CONFIRMED');
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
