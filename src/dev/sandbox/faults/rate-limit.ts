import type { Endpoint } from '../stripe/endpoints.js';

interface Bucket {
  tokens: number;
  filledAt: number;
}

/** A token bucket per endpoint, with a capacity of one second's requests. */
export class RateLimit {
  readonly #perSecond: number;
  readonly #now: () => number;
  readonly #buckets = new Map<Endpoint, Bucket>();

  /** @param now a monotonic clock, in milliseconds */
  constructor(perSecond: number, now: () => number) {
    this.#perSecond = perSecond;
    this.#now = now;
  }

  /** Takes a token. @returns whether there was one */
  allows(endpoint: Endpoint): boolean {
    const now = this.#now();
    const { tokens, filledAt } = this.#buckets.get(endpoint) ?? { tokens: this.#perSecond, filledAt: now };
    const filled = Math.min(this.#perSecond, tokens + ((now - filledAt) / 1_000) * this.#perSecond);
    const allowed = filled >= 1;
    this.#buckets.set(endpoint, { tokens: allowed ? filled - 1 : filled, filledAt: now });
    return allowed;
  }
}
