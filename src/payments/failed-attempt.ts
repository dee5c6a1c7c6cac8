import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../config.js';
import { type DeadLetterTask, GIVEN_UP, openDeadLetter } from '../orders/dead-letter.js';
import { OrderTransitions } from '../orders/transition-order.js';
import { CONFIG } from '../platform/config-token.js';
import { log } from '../platform/logger.js';
import { backoffMs } from './backoff.js';
import { GatewayUnavailableError, PAYMENT_GATEWAY, type PaymentGateway } from './payment-gateway.js';
import { type Attempt, uncountedAttempt } from './payment-record.js';
import { DONE, type WorkableOrder, type WorkResult } from './payment-work.js';

/** A gateway that takes longer for its smallest answer counts as away. */
const PING_TIMEOUT_MS = 2_000;

/** What the customer is told; why is for operators. */
const RETRIED: Readonly<Record<DeadLetterTask, string>> = {
  CHARGE: 'The payment could not be completed yet. It will be tried again.',
  REFUND: 'The money could not be returned yet. It will be tried again.',
};

/** Decides what follows an attempt without a definite answer: another one after a pause, or a dead letter. */
@Injectable()
export class FailedAttempts {
  constructor(
    private readonly transitions: OrderTransitions,
    @Inject(PAYMENT_GATEWAY) private readonly gateway: PaymentGateway,
    @Inject(CONFIG) private readonly config: Pick<Config, 'payment'>,
  ) {}

  /** Whether far more attempts were begun than ever ended: they cost the workers their lives. */
  neverEnds({ counted }: Attempt): boolean {
    return counted > 2 * this.config.payment.maxAttempts;
  }

  /** Records the failure. An attempt that failed for everyone doesn't count towards the limit. */
  async record(
    order: WorkableOrder,
    task: DeadLetterTask,
    attempt: Attempt,
    error: GatewayUnavailableError,
  ): Promise<WorkResult> {
    const counts = !(await this.isEveryonesFault(error));
    if (counts && attempt.counted >= this.config.payment.maxAttempts) {
      return this.giveUp(order, task, attempt, `Attempt ${attempt.number} failed: ${error.reason}.`);
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
        type: 'PAYMENT_ATTEMPT_FAILED',
        from: order,
        actor: 'worker',
        detail: RETRIED[task],
        note: `Attempt ${number} failed: ${error.reason}.`,
        pauseMs: afterMs,
      },
      counts ? [] : [uncountedAttempt(task)],
    );
    return version === undefined ? DONE : { kind: 'retry', afterMs };
  }

  /** No more attempts are made until an operator says so. */
  async giveUp(
    order: WorkableOrder,
    task: DeadLetterTask,
    attempt: Attempt,
    why: string,
  ): Promise<WorkResult> {
    log.error({ orderId: order.id, task, attempts: attempt.number, why }, 'dead letter');
    await this.transitions.apply(
      {
        orderId: order.id,
        type: 'DEAD_LETTERED',
        from: order,
        actor: 'worker',
        detail: GIVEN_UP[task],
        note: why,
        waitsForOperator: true,
      },
      [openDeadLetter({ task, attempts: attempt.number, error: why })],
    );
    return DONE;
  }

  /** Where no answer came, the smallest question tells whether the gateway answers anyone at all. */
  private async isEveryonesFault(error: GatewayUnavailableError): Promise<boolean> {
    if (!error.unanswered) return error.everyonesFault;
    try {
      await this.gateway.ping(PING_TIMEOUT_MS);
      return false;
    } catch (pinged) {
      if (!(pinged instanceof GatewayUnavailableError)) throw pinged;
      return pinged.unanswered || pinged.everyonesFault;
    }
  }
}
