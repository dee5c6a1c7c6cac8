import type { Config } from '../config/config.js';
import { statusAfter, type Task, taskIn, waitsForCustomer } from '../orders/lifecycle.js';
import { OrderTransitions } from '../orders/transition-order.js';
import { Database } from '../platform/database/database.js';
import { batched } from '../platform/database/statement-batcher.js';
import { type AttemptOf, beginAttempts, replaceKey } from './attempts.js';
import type { FailureHandler } from './failure-handler.js';
import { GatewayUnavailableError } from './payment-gateway.js';
import type { RetryPolicy } from './retry-policy.js';
import { noteMissingOrder } from './rewind/missing-order.js';
import { TASKS, type TaskRule } from './task.js';
import { loadWorkOrders, type WorkOrder } from './work-order.js';
import { DONE, type WorkResult } from './work-result.js';

/** The steps in which tasks differ. */
export interface TaskSteps<SomeTask extends Task, Outcome> {
  readonly task: SomeTask;
  /** @throws GatewayUnavailableError where the gateway gave no definite answer */
  callGateway(order: WorkOrder, attempt: AttemptOf[SomeTask]): Promise<Outcome>;
  storeOutcome(order: WorkOrder, attempt: AttemptOf[SomeTask], outcome: Outcome): Promise<WorkResult>;
}

/** A job may run a little early. One that runs much earlier was delayed by a wrong clock. */
const MAX_EARLY_MS = 1_000;

/**
 * What every task does: load the order, respect its pause, begin an attempt, call the gateway, then store the outcome,
 * retry or give up. No transaction is open during a call. Safe to run any number of times, concurrently, and to kill
 * at any point. Concurrent tasks share their statements; each waits for the commit of its own step.
 */
export class RunTask {
  private readonly load = batched((ids: readonly string[]) => loadWorkOrders(this.database, ids));
  private readonly beginAttempt: { readonly [T in Task]: (orderId: string) => Promise<AttemptOf[T]> } = {
    CHARGE: batched((ids: readonly string[]) => beginAttempts(this.database, 'CHARGE', ids)),
    REFUND: batched((ids: readonly string[]) => beginAttempts(this.database, 'REFUND', ids)),
  };

  constructor(
    private readonly database: Database,
    private readonly transitions: OrderTransitions,
    private readonly retryPolicy: RetryPolicy,
    private readonly failures: FailureHandler,
    private readonly config: Pick<Config, 'recovery'>,
  ) {}

  /** @throws what the database throws; run the job again then */
  async run<SomeTask extends Task, Outcome>(
    steps: TaskSteps<SomeTask, Outcome>,
    orderId: string,
  ): Promise<WorkResult> {
    const { task } = steps;
    const order = await this.start(task, orderId);
    if (order === undefined) return DONE;
    // An order is due for recovery stuckAfterMs after the end of its pause.
    const remainingPauseMs = order.recoverInMs - this.config.recovery.stuckAfterMs;
    if (remainingPauseMs > MAX_EARLY_MS) {
      // A delayed job would keep out the job of the customer's return, which has the same id.
      return waitsForCustomer(order.status) ? DONE : { kind: 'retry', afterMs: remainingPauseMs };
    }
    const attempt = await this.beginAttempt[task](orderId);
    if (this.retryPolicy.isCrashLoop(attempt))
      return this.failures.giveUp(order, attempt, 'Attempts keep starting, and none of them finishes.');
    let outcome: Outcome;
    try {
      outcome = await steps.callGateway(order, attempt);
    } catch (error) {
      if (!(error instanceof GatewayUnavailableError)) throw error;
      if (error.keyConsumed) await replaceKey(this.database, task, orderId, attempt);
      return this.failures.handle(order, task, attempt, error);
    }
    return steps.storeOutcome(order, attempt, outcome);
  }

  /** Undefined where the task is not due, the order has moved on, or is not stored. */
  private async start(task: Task, orderId: string): Promise<WorkOrder | undefined> {
    const order = await this.load(orderId);
    if (order === undefined) {
      await noteMissingOrder(this.database, orderId);
      return undefined;
    }
    if (order.waitsForOperator || taskIn(order.status) !== task) return undefined;
    const { startedBy }: TaskRule = TASKS[task];
    const status = startedBy === null ? undefined : statusAfter(startedBy, order.status);
    if (startedBy === null || status === undefined) return order;
    const transition = { orderId, type: startedBy, from: order, actor: 'worker' } as const;
    const version = await this.transitions.apply(transition);
    return version === undefined ? undefined : { ...order, status, version, recoverInMs: 0 };
  }
}
