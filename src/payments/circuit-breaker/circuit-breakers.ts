import type { Config } from '../../config/config.js';
import { MESSAGE_KINDS, type MessageKind } from '../../outbox/message.js';
import { log } from '../../platform/observability/logger.js';
import { CircuitBreaker } from './circuit-breaker.js';

/** A circuit breaker for each kind of work, so that failing charges don't stop refunds. */
export class CircuitBreakers {
  private readonly breakers: ReadonlyMap<MessageKind, CircuitBreaker>;

  constructor({ breakerFailures: maxFailures, breakerPauseMs: pauseMs }: Config['payment']) {
    this.breakers = new Map(
      MESSAGE_KINDS.map((kind) => [
        kind,
        new CircuitBreaker({ maxFailures, pauseMs }, (state) => {
          log.warn({ state, kind }, 'payment gateway circuit breaker');
        }),
      ]),
    );
  }

  of(kind: MessageKind): CircuitBreaker {
    const breaker = this.breakers.get(kind);
    if (breaker === undefined) throw new Error(`no circuit breaker for ${kind}`);
    return breaker;
  }

  /** Runs no more work, and releases the callers that wait. */
  stop(): void {
    for (const breaker of this.breakers.values()) breaker.stop();
  }
}
