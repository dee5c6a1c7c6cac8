import type { Endpoint } from '../stripe/endpoints.js';

interface Bucket {
  tokens: number;
  filledAt: number;
}

/** A token bucket for each endpoint: it holds one second's requests, and fills evenly. */
export class RateLimit {
  readonly #perSecond: number;
  readonly #now: () => number;
  readonly #buckets = new Map<Endpoint, Bucket>();

  /** @param now a monotonic clock, in milliseconds */
  constructor(perSecond: number, now: () => number) {
    this.#perSecond = perSecond;
    this.#now = now;
  }

  /** Whether the endpoint may serve one more request; it then counts. */
  allows(endpoint: Endpoint): boolean {
    const now = this.#now();
    const { tokens, filledAt } = this.#buckets.get(endpoint) ?? { tokens: this.#perSecond, filledAt: now };
    const filled = Math.min(this.#perSecond, tokens + ((now - filledAt) / 1_000) * this.#perSecond);
    const allowed = filled >= 1;
    this.#buckets.set(endpoint, { tokens: allowed ? filled - 1 : filled, filledAt: now });
    return allowed;
  }
}
