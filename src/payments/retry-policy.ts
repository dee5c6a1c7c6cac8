import type { Config } from '../config/config.js';
import type { Task } from '../orders/lifecycle.js';
import { OrderTransitions } from '../orders/transition-order.js';
import { log } from '../platform/observability/logger.js';
import { backoffMs } from './backoff.js';
import { GatewayUnavailableError, type PaymentGateway } from './payment-gateway.js';
import { type Attempt, uncountedAttempt } from './attempts.js';
import { openDeadLetter } from './open-dead-letter.js';
import { TASKS } from './task.js';
import type { WorkOrder } from './work-order.js';
import { DONE, type WorkResult } from './work-result.js';

/** A gateway that takes longer for its smallest answer counts as away. */
const PING_TIMEOUT_MS = 2_000;

/** A pause that a customer notices is told. */
const LONG_PAUSE_MS = 60_000;

/** Decides what follows an attempt without a definite answer: another one after a pause, or a dead letter. */
export class RetryPolicy {
  constructor(
    private readonly transitions: OrderTransitions,
    private readonly gateway: PaymentGateway,
    private readonly config: Pick<Config, 'payment'>,
  ) {}

  /** Whether far more attempts were begun than ever ended: they cost the workers their lives. */
  exceedsMaxStarts({ counted }: Attempt): boolean {
    return counted > 2 * this.config.payment.maxAttempts;
  }

  /** Records the failure. An attempt that failed for everyone doesn't count towards the limit. */
  async record(
    order: WorkOrder,
    task: Task,
    attempt: Attempt,
    error: GatewayUnavailableError,
  ): Promise<WorkResult> {
    const counts = !(await this.isGlobal(error));
    if (counts && attempt.counted >= this.config.payment.maxAttempts) {
      return this.giveUp(order, attempt, `Attempt ${attempt.number} failed: ${error.reason}.`);
    }
    const { retryBaseMs: baseMs, retryCapMs: capMs } = this.config.payment;
    const pauseMs = backoffMs(attempt.number, { baseMs, capMs }, Math.random());
    const afterMs = Math.max(pauseMs, error.retryAfterMs ?? 0);
    const { number } = attempt;
    log.warn(
      { orderId: order.id, task, attempt: number, counts, afterMs, reason: error.reason },
      'attempt failed',
    );
    const version = await this.transitions.apply(
      {
        orderId: order.id,
        type: TASKS[task].failedBy,
        from: order,
        actor: 'worker',
        detail: `${TASKS[task].texts.failed} ${nextTry(afterMs)}`,
        note: `Attempt ${number} failed: ${error.reason}.`,
        pauseMs: afterMs,
      },
      counts ? [] : [uncountedAttempt(task)],
    );
    return version === undefined ? DONE : { kind: 'retry', afterMs };
  }

  /** No more attempts are made until an operator says so. */
  async giveUp(order: WorkOrder, attempt: Attempt, why: string): Promise<WorkResult> {
    await openDeadLetter(this.transitions, order, { attempts: attempt.number, why, actor: 'worker' });
    return DONE;
  }

  /** Where no answer came, the smallest question tells whether the gateway answers anyone at all. */
  private async isGlobal(error: GatewayUnavailableError): Promise<boolean> {
    if (!error.noResponse) return error.isGlobal;
    try {
      await this.gateway.ping(PING_TIMEOUT_MS);
      return false;
    } catch (pinged) {
      if (!(pinged instanceof GatewayUnavailableError)) throw pinged;
      return pinged.noResponse || pinged.isGlobal;
    }
  }
}

function nextTry(afterMs: number): string {
  if (afterMs < LONG_PAUSE_MS) return 'It will be tried again.';
  const minutes = Math.round(afterMs / 60_000);
  return `It will be tried again in about ${minutes === 1 ? 'a minute' : `${minutes} minutes`}.`;
}
