import type { Config } from '../config/config.js';
import { statusAfter, type Task, taskIn } from '../orders/lifecycle.js';
import { OrderTransitions } from '../orders/transition-order.js';
import { Database } from '../platform/database/database.js';
import { batched } from '../platform/database/statement-batcher.js';
import { RetryPolicy } from './retry-policy.js';
import { GatewayUnavailableError } from './payment-gateway.js';
import type { Attempt } from './attempts.js';
import { TASKS, type TaskRule } from './task.js';
import { loadWorkOrders, type WorkOrder } from './work-order.js';
import { DONE, type WorkResult } from './work-result.js';

/** What differs from one task to another. */
export interface TaskSteps<SomeAttempt extends Attempt, Outcome> {
  readonly task: Task;
  /** The end of the work where the gateway need not be asked; undefined where it has to be. */
  finishUnasked(order: WorkOrder): Promise<WorkResult> | undefined;
  /** Counts a new attempt, and stores the gateway's idempotency key with the first one. */
  beginAttempt(orderId: string): Promise<SomeAttempt>;
  /** @throws GatewayUnavailableError where the gateway has given no definite answer */
  ask(order: WorkOrder, attempt: SomeAttempt): Promise<Outcome>;
  /** Makes another idempotency key where the gateway has saved an error under this one. */
  replaceKey(orderId: string, consumedKey: string): Promise<void>;
  /** Stores what the gateway has answered. */
  settle(order: WorkOrder, attempt: SomeAttempt, outcome: Outcome): Promise<WorkResult>;
}

/** A job may come a little early; one that comes much too early was woken by a clock that is wrong. */
const EARLY_MS = 1_000;

/**
 * The way of every task: load the order, respect its pause, begin an attempt, ask the gateway, then settle, retry or
 * give up. No transaction is open while the gateway is asked. It may run any number of times, at once, and be killed at
 * any point.
 */
export class RunTask {
  private readonly load = batched((ids: readonly string[]) => loadWorkOrders(this.database, ids));

  constructor(
    private readonly database: Database,
    private readonly transitions: OrderTransitions,
    private readonly retryPolicy: RetryPolicy,
    private readonly config: Pick<Config, 'recovery'>,
  ) {}

  /** @throws what the database throws; the job is then to be run again */
  async run<SomeAttempt extends Attempt, Outcome>(
    steps: TaskSteps<SomeAttempt, Outcome>,
    orderId: string,
  ): Promise<WorkResult> {
    const order = await this.takeUp(steps.task, orderId);
    if (order === undefined) return DONE;
    const pausedMs = (order.recoverInMs ?? 0) - this.config.recovery.stuckAfterMs;
    if (pausedMs > EARLY_MS) return { kind: 'retry', afterMs: pausedMs };
    const finished = steps.finishUnasked(order);
    if (finished !== undefined) return finished;
    const attempt = await steps.beginAttempt(orderId);
    if (this.retryPolicy.exceedsMaxStarts(attempt))
      return this.retryPolicy.giveUp(order, attempt, 'Attempt after attempt was begun, and none ended.');
    let outcome: Outcome;
    try {
      outcome = await steps.ask(order, attempt);
    } catch (error) {
      if (!(error instanceof GatewayUnavailableError)) throw error;
      if (error.keyConsumed) await steps.replaceKey(orderId, attempt.idempotencyKey);
      return this.retryPolicy.record(order, steps.task, attempt, error);
    }
    return steps.settle(order, attempt, outcome);
  }

  /** Undefined where the task is not due, or the order has moved on. */
  private async takeUp(task: Task, orderId: string): Promise<WorkOrder | undefined> {
    const order = await this.load(orderId);
    if (order === undefined || order.waitsForOperator || taskIn(order.status) !== task) return undefined;
    const { startedBy }: TaskRule = TASKS[task];
    const status = startedBy === null ? undefined : statusAfter(startedBy, order.status);
    if (startedBy === null || status === undefined) return order;
    const step = { orderId, type: startedBy, from: order, actor: 'worker' } as const;
    const version = await this.transitions.apply(step);
    return version === undefined ? undefined : { ...order, status, version, recoverInMs: null };
  }
}
