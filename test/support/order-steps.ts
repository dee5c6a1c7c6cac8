import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { type Config, readConfig } from '../../src/config/config.js';
import { CancelOrder, type CancelOrderOutcome } from '../../src/orders/cancel-order.js';
import { CreateOrder } from '../../src/orders/create/create-order.js';
import { OrdersModule } from '../../src/orders/orders.module.js';
import { OrderTransitions } from '../../src/orders/transition-order.js';
import { buildChargeOrder, buildRefundOrder, type TaskParts } from '../../src/payments/build-tasks.js';
import type { ChargeOrder } from '../../src/payments/charge-order.js';
import type { PaymentGateway } from '../../src/payments/payment-gateway.js';
import type { GatewayBooks } from '../../src/payments/gateway-books.js';
import type { RefundOrder } from '../../src/payments/refund-order.js';
import { HistoryMemory } from '../../src/payments/rewind/history-memory.js';
import { RewindCheck } from '../../src/payments/rewind/rewind-check.js';
import { RewindGuard } from '../../src/payments/rewind/rewind-guard.js';
import { StripeBooks } from '../../src/payments/stripe/stripe-books.js';
import { StripeGateway } from '../../src/payments/stripe/stripe-gateway.js';
import { TASKS } from '../../src/payments/task.js';
import type { WorkResult } from '../../src/payments/work-result.js';
import { Database } from '../../src/platform/database/database.js';
import { NestLogger } from '../../src/platform/observability/logger.js';
import { RedisConnections } from '../../src/platform/redis/redis.js';
import { PlatformModule } from '../../src/platform/platform.module.js';
import { RelayWakeUp } from '../../src/outbox/relay-wake-up.js';
import { RecoverOrders } from '../../src/recovery/recover-orders.js';
import { CHARGE_ORDER, REFUND_ORDER } from '../../src/outbox/message.js';
import type { PaymentJob } from '../../src/queue/payment-queue.js';
import { PaymentQueues } from '../../src/queue/payment-queues.js';
import { Relay } from '../../src/outbox/relay.js';
import { Control } from './sandbox.js';
import { waitFor } from './wait-for.js';
import { type Environment, setup, type TestSystem } from './test-system.js';

export interface StoredMessage {
  readonly id: string;
  readonly orderId: string;
  readonly leased: boolean;
  readonly delivered: boolean;
}

interface WorkParts {
  readonly gateway?: PaymentGateway;
  readonly transitions?: OrderTransitions;
}

/** Far more runs than any order needs. */
const MAX_RUNS = 50;

@Module({})
class NoRole {}

/**
 * The parts of the system, for tests that run one step at a time: orders can be created and processed, but no relay
 * or worker runs.
 */
export class OrderSteps {
  readonly database: Database;
  readonly transitions: OrderTransitions;
  readonly gateway: PaymentGateway;
  readonly books: GatewayBooks;
  readonly sandbox: Control;
  /** Of charges. */
  readonly queue: Queue<PaymentJob>;
  readonly refundQueue: Queue<PaymentJob>;
  readonly historyMemory: HistoryMemory;
  private readonly redis: Redis;

  private constructor(
    readonly system: TestSystem,
    readonly config: Config,
    readonly app: INestApplicationContext,
  ) {
    this.database = app.get(Database);
    this.transitions = app.get(OrderTransitions);
    this.gateway = new StripeGateway(this.config.payment);
    this.books = new StripeBooks(this.config.payment);
    this.sandbox = new Control(system.sandboxUrl);
    this.historyMemory = new HistoryMemory(app.get(RedisConnections, { strict: false }), this.config);
    this.redis = new Redis(this.config.redis.url, { maxRetriesPerRequest: null });
    const options = { connection: this.redis, prefix: this.config.redis.prefix };
    this.queue = new Queue(TASKS.CHARGE.queue, options);
    this.refundQueue = new Queue(TASKS.REFUND.queue, options);
    // Every relay adds error listeners, and a test may have many relays.
    for (const queue of [this.queue, this.refundQueue]) queue.setMaxListeners(0).on('error', () => undefined);
  }

  static async open(overrides: Environment = {}): Promise<OrderSteps> {
    const system = await setup(overrides);
    try {
      const config = readConfig(system.env);
      const imports = [PlatformModule.register(config), OrdersModule];
      const root = { module: NoRole, imports };
      const logger = new NestLogger();
      const app = await NestFactory.createApplicationContext(root, { logger });
      const steps = new OrderSteps(system, config, app);
      // A connection that fails fast is not used before it is open. A server that can't serve the key answers, too.
      const isReply = ({ name }: Error) => name === 'ReplyError';
      await waitFor('Redis', () => steps.historyMemory.read().then(() => true, isReply));
      return steps;
    } catch (error) {
      await system.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.queue.close();
    await this.refundQueue.close();
    this.redis.disconnect();
    await this.app.close();
    await this.system.close();
  }

  /** An order for 19.80 EUR of a new customer. */
  async placeOrder(paymentMethod = 'pm_card_visa'): Promise<string> {
    const outcome = await this.app.get(CreateOrder).create({
      customerId: randomUUID(),
      idempotencyKey: randomUUID(),
      items: [{ sku: 'cup-espresso', quantity: 2 }],
      paymentMethod,
      expectedTotal: null,
    });
    if (outcome.kind !== 'created') throw new Error(outcome.kind);
    return outcome.order.id;
  }

  /** Both queues. @param charges replaces the queue of charges */
  queues(charges = this.queue): PaymentQueues {
    return new PaymentQueues({ [CHARGE_ORDER]: charges, [REFUND_ORDER]: this.refundQueue });
  }

  /** The queue of charges with another addBulk(). */
  queueWith(addBulk: Queue<PaymentJob>['addBulk']): Queue<PaymentJob> {
    return Object.assign(Object.create(this.queue) as Queue<PaymentJob>, { addBulk });
  }

  /** A relay without a loop: call runOnce(). */
  relay(
    parts: { database?: Database; queue?: Queue<PaymentJob>; settings?: Partial<Config['relay']> } = {},
  ): Relay {
    const { relay, redis } = this.config;
    return new Relay(parts.database ?? this.database, this.queues(parts.queue), {
      relay: { ...relay, ...parts.settings },
      redis,
    });
  }

  chargeOrder(parts: WorkParts = {}): ChargeOrder {
    return buildChargeOrder(this.taskParts(parts));
  }

  refundOrder(parts: WorkParts = {}): RefundOrder {
    return buildRefundOrder(this.taskParts(parts));
  }

  /** What a worker's tasks are made of, with some parts replaced. */
  taskParts({ gateway = this.gateway, transitions = this.transitions }: WorkParts = {}): TaskParts {
    const { database, books, config } = this;
    return { database, transitions, gateway, books, config, rewinds: this.rewindGuard() };
  }

  /** Of a process of its own. */
  rewindGuard(database = this.database): RewindGuard {
    return new RewindGuard(this.rewindCheck(database), this.config);
  }

  /** As if no beat had ever been written. */
  async forgetHistory(): Promise<void> {
    await this.redis.del(`${this.config.redis.prefix}:database-history`);
    await this.select('UPDATE database_marker SET beat = 0');
  }

  /** As another process has it: it remembers only what Redis does. */
  rewindCheck(database = this.database): RewindCheck {
    return new RewindCheck(database, this.historyMemory, this.books);
  }

  recoverOrders(): RecoverOrders {
    return new RecoverOrders(
      this.database,
      this.queues(),
      this.app.get(RelayWakeUp, { strict: false }),
      this.config,
    );
  }

  /** The real gateway with some methods replaced. */
  gatewayWith(overrides: Partial<PaymentGateway>): PaymentGateway {
    const gateway = Object.create(this.gateway) as PaymentGateway;
    return Object.assign(gateway, overrides);
  }

  /** Runs the charge as the queue does, with its retries but without the pauses. */
  async chargeToEnd(orderId: string, chargeOrder = this.chargeOrder()): Promise<void> {
    await runToEnd(orderId, chargeOrder);
  }

  /** As chargeToEnd(), for the refund. */
  async refundToEnd(orderId: string, refundOrder = this.refundOrder()): Promise<void> {
    await runToEnd(orderId, refundOrder);
  }

  /** Cancels as a customer. */
  async cancel(orderId: string, reason: string | null = null): Promise<CancelOrderOutcome> {
    return this.app
      .get(CancelOrder)
      .run({ orderId, visibleTo: 'all', by: 'test', actor: 'customer', reason });
  }

  async status(orderId: string): Promise<string | undefined> {
    return (await this.select<{ status: string }>('SELECT status FROM orders WHERE id = $1', [orderId]))[0]
      ?.status;
  }

  /** The types of an order's events. @throws if their versions are not 1..n, or the order's version is not n */
  async history(orderId: string): Promise<string[]> {
    const rows = await this.select<{ version: number; type: string; newest: number }>(
      `SELECT e.version, e.type, o.version AS newest FROM order_events e JOIN orders o ON o.id = e.order_id
       WHERE e.order_id = $1 ORDER BY e.version`,
      [orderId],
    );
    const versions = rows.map(({ version }) => version);
    const whole = versions.every((version, index) => version === index + 1);
    if (!whole || versions.at(-1) !== rows[0]?.newest)
      throw new Error(`the order has version ${rows[0]?.newest ?? 0}, its events ${versions.join(', ')}`);
    return rows.map(({ type }) => type);
  }

  /** How often the gateway captured money for the order. */
  async captures(orderId: string): Promise<number> {
    return (await this.sandbox.order(orderId))?.captures ?? 0;
  }

  async messages(): Promise<StoredMessage[]> {
    return this.select<StoredMessage>(
      `SELECT id::text AS id, order_id::text AS "orderId", delivered_at IS NOT NULL AS delivered,
         coalesce(leased_until > now(), false) AS leased
       FROM outbox_messages ORDER BY outbox_messages.id`,
    );
  }

  /** The number of jobs in both queues, in any state. */
  async jobs(): Promise<number> {
    const states = ['waiting', 'active', 'delayed', 'prioritized', 'failed', 'completed'] as const;
    const counts = await Promise.all(
      [this.queue, this.refundQueue].map((queue) => queue.getJobCountByTypes(...states)),
    );
    return counts.reduce((a, b) => a + b, 0);
  }

  /** Removes all keys of this system from Redis, but not those of others. */
  async flushRedis(): Promise<void> {
    // Atomically, like FLUSHALL: a job's hash that remains without a place in the queue would block its id.
    await this.redis.eval(
      `for _, key in ipairs(redis.call('KEYS', ARGV[1])) do redis.call('DEL', key) end`,
      0,
      `${this.config.redis.prefix}*`,
    );
  }

  async select<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.system.sql.query<Row>(text, values)).rows;
  }
}

async function runToEnd(orderId: string, work: { run(orderId: string): Promise<WorkResult> }): Promise<void> {
  for (let run = 0; run < MAX_RUNS; run += 1) {
    const result = await work.run(orderId);
    if (result.kind === 'done') return;
  }
  throw new Error(`order ${orderId} asks for more than ${MAX_RUNS} runs`);
}
