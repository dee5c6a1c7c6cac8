import type { Config } from '../../config/config.js';
import { MESSAGE_KINDS, type MessageKind } from '../../outbox/message.js';
import { log } from '../../platform/observability/logger.js';
import { CircuitBreaker } from './circuit-breaker.js';

/** A circuit breaker for each kind of work: trouble with charges keeps nobody from returning money. */
export class CircuitBreakers {
  private readonly breakers: ReadonlyMap<MessageKind, CircuitBreaker>;

  constructor({ breakerFailures: failures, breakerPauseMs: pauseMs }: Config['payment']) {
    this.breakers = new Map(
      MESSAGE_KINDS.map((kind) => [
        kind,
        new CircuitBreaker({ failures, pauseMs }, (state) => {
          log.warn({ state, kind }, 'payment gateway circuit breaker');
        }),
      ]),
    );
  }

  of(kind: MessageKind): CircuitBreaker {
    const breaker = this.breakers.get(kind);
    if (breaker === undefined) throw new Error(`there is no circuit breaker for ${kind}`);
    return breaker;
  }

  /** Lets nobody through any more, and tells those who wait. */
  stop(): void {
    for (const breaker of this.breakers.values()) breaker.stop();
  }
}
