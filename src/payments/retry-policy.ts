import type { Config } from '../config/config.js';
import type { Attempt } from './attempts.js';
import { backoffMs } from './backoff.js';
import type { GatewayUnavailableError } from './payment-gateway.js';

export type RetryLimits = Pick<Config['payment'], 'maxAttempts' | 'retryBaseMs' | 'retryCapMs'>;

export type RetryDecision =
  | { readonly kind: 'retry'; readonly afterMs: number }
  /** The attempts are used up. */
  | { readonly kind: 'give-up' };

/** How often a task is attempted, how long the pauses are, and which failures count towards the limit. */
export class RetryPolicy {
  constructor(
    private readonly limits: RetryLimits,
    private readonly random: () => number = Math.random,
  ) {}

  /**
   * A global failure does not count: any order would have met it. Without a response the error alone can't tell, so
   * a ping decides.
   * @param pingError how a ping after `error` failed; undefined where it succeeded or none was sent
   */
  countsTowardsLimit(
    error: Pick<GatewayUnavailableError, 'noResponse' | 'isGlobal'>,
    pingError?: Pick<GatewayUnavailableError, 'noResponse' | 'isGlobal'>,
  ): boolean {
    if (!error.noResponse) return !error.isGlobal;
    return pingError === undefined || !(pingError.noResponse || pingError.isGlobal);
  }

  /** @param failure.retryAfterMs the minimum pause that the gateway requested */
  decide(
    attempt: Pick<Attempt, 'number' | 'countedAttempts'>,
    failure: { readonly counts: boolean; readonly retryAfterMs?: number | undefined },
  ): RetryDecision {
    if (failure.counts && attempt.countedAttempts >= this.limits.maxAttempts) return { kind: 'give-up' };
    const { retryBaseMs: baseMs, retryCapMs: capMs } = this.limits;
    const pauseMs = backoffMs(attempt.number, { baseMs, capMs }, this.random());
    return { kind: 'retry', afterMs: Math.max(pauseMs, failure.retryAfterMs ?? 0) };
  }

  /** Whether more than twice the maximum of attempts have begun: they never finish, so they probably crash workers. */
  isCrashLoop({ countedAttempts }: Pick<Attempt, 'countedAttempts'>): boolean {
    return countedAttempts > 2 * this.limits.maxAttempts;
  }
}
