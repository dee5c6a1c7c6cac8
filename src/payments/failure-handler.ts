import type { Task } from '../orders/lifecycle.js';
import type { TransitionWrite } from '../orders/transition.js';
import { OrderTransitions } from '../orders/transition-order.js';
import { log } from '../platform/observability/logger.js';
import { type Attempt, excludeAttempt } from './attempts.js';
import { openDeadLetter } from './open-dead-letter.js';
import { GatewayUnavailableError, type PaymentGateway } from './payment-gateway.js';
import type { RetryPolicy } from './retry-policy.js';
import { TASKS } from './task.js';
import type { WorkOrder } from './work-order.js';
import { DONE, type WorkResult } from './work-result.js';

/** A gateway that takes longer for a ping counts as unreachable. */
const PING_TIMEOUT_MS = 2_000;

/** Pauses at least this long are shown to the customer. */
const LONG_PAUSE_MS = 60_000;

/** Stores what follows an attempt without a definite answer: another attempt after a pause, or a dead letter. */
export class FailureHandler {
  constructor(
    private readonly transitions: OrderTransitions,
    private readonly gateway: PaymentGateway,
    private readonly retryPolicy: RetryPolicy,
  ) {}

  /** @throws what the database throws */
  async handle(
    order: WorkOrder,
    task: Task,
    attempt: Attempt,
    error: GatewayUnavailableError,
  ): Promise<WorkResult> {
    const { number } = attempt;
    const { reason, retryAfterMs } = error;
    const pingError = error.noResponse ? await this.ping() : undefined;
    const counts = this.retryPolicy.countsTowardsLimit(error, pingError);
    const decision = this.retryPolicy.decide(attempt, { counts, retryAfterMs });
    if (decision.kind === 'give-up') return this.giveUp(order, attempt, failureNote(number, reason));
    const { afterMs } = decision;
    log.warn({ orderId: order.id, task, attempt: number, counts, afterMs, reason }, 'attempt failed');
    const version = await this.transitions.apply(
      {
        orderId: order.id,
        type: TASKS[task].failedBy,
        from: order,
        actor: 'worker',
        detail: `${TASKS[task].texts.failed} ${nextTry(afterMs)}`,
        note: failureNote(number, reason),
        pauseMs: afterMs,
      },
      counts ? [] : [excludeAttempt(task)],
    );
    return version === undefined ? DONE : decision;
  }

  /**
   * Opens a dead letter.
   * @param why one plain sentence for operators
   * @param writes more writes for the same statement
   * @throws what the database throws
   */
  async giveUp(
    order: WorkOrder,
    attempt: Attempt,
    why: string,
    writes: readonly TransitionWrite[] = [],
  ): Promise<WorkResult> {
    const letter = { attempts: attempt.number, why, actor: 'worker' } as const;
    await openDeadLetter(this.transitions, order, letter, writes);
    return DONE;
  }

  /** @returns why the gateway does not answer even a ping; undefined where it does */
  private async ping(): Promise<GatewayUnavailableError | undefined> {
    try {
      await this.gateway.ping(PING_TIMEOUT_MS);
      return undefined;
    } catch (error) {
      if (!(error instanceof GatewayUnavailableError)) throw error;
      return error;
    }
  }
}

function failureNote(attempt: number, reason: string): string {
  return `Attempt ${attempt} failed: ${reason}.`;
}

function nextTry(afterMs: number): string {
  if (afterMs < LONG_PAUSE_MS) return 'It will be tried again.';
  const minutes = Math.round(afterMs / 60_000);
  return `It will be tried again in about ${minutes === 1 ? 'a minute' : `${minutes} minutes`}.`;
}
