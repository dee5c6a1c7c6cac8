import { createHash } from 'node:crypto';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { log } from './logger.js';
import type { RedisConnection } from './redis.js';

export interface RateLimit {
  /** Cost points that one key may take in a window. */
  readonly points: number;
  readonly windowSeconds: number;
}

/** After a fault of Redis the process counts by itself for so long, so that no request waits for Redis meanwhile. */
const ALONE_MS = 1_000;
/**
 * Those over their limit are remembered for so long, and cost no round trip meanwhile. No longer: points that are
 * given back may have brought them below it again.
 */
const REMEMBERED_MS = 1_000;
const REMEMBERED_AT_MOST = 10_000;

interface Refusal {
  readonly forgottenAtMs: number;
  readonly windowEndsAtMs: number;
}

/**
 * Counts points a key takes in a window: over all processes in Redis, and in this process alone while Redis is
 * away. It never fails its caller.
 */
export class RateLimiter {
  private readonly shared: RateLimiterRedis;
  private readonly local: RateLimiterMemory;
  private readonly refusals = new Map<string, Refusal>();
  private aloneUntilMs = 0;

  /** @param prefix of the keys in Redis; the rest of a key is a hash, whatever the client chose */
  constructor(connection: RedisConnection, prefix: string, { points, windowSeconds }: RateLimit) {
    const options = { points, duration: windowSeconds, keyPrefix: prefix };
    this.shared = new RateLimiterRedis({ ...options, storeClient: connection, rejectIfRedisNotReady: true });
    this.local = new RateLimiterMemory(options);
  }

  /** In how many ms a key that is known here to be over its limit may come again; 0 for any other. Asks nobody. */
  refusedForMs(key: string): number {
    const refusal = this.refusals.get(key);
    if (refusal === undefined) return 0;
    if (Date.now() < refusal.forgottenAtMs) return refusal.windowEndsAtMs - Date.now();
    this.refusals.delete(key);
    return 0;
  }

  /** Takes points. Answers with 0, or in how many ms the key may come again. */
  async take(key: string, points: number): Promise<number> {
    const known = this.refusedForMs(key);
    if (known > 0) return known;
    const left = await this.count(key, (limiter, name) => limiter.consume(name, points));
    if (left > 0) {
      this.remember(key, left);
      // What is refused takes nothing: a storm of retries would else use up what its own orders need.
      this.giveBack(key, points);
    }
    return left;
  }

  /** Gives points back that turned out not to be needed. Returns at once. */
  giveBack(key: string, points: number): void {
    void this.count(key, (limiter, name) => limiter.reward(name, points));
  }

  private async count(
    key: string,
    change: (limiter: RateLimiterRedis | RateLimiterMemory, name: string) => Promise<unknown>,
  ): Promise<number> {
    const name = createHash('sha256').update(key).digest('base64url');
    if (Date.now() >= this.aloneUntilMs) {
      try {
        await change(this.shared, name);
        return 0;
      } catch (error) {
        if (error instanceof RateLimiterRes) return error.msBeforeNext;
        if (Date.now() >= this.aloneUntilMs)
          log.debug({ err: error }, 'rates are counted by this process alone');
        this.aloneUntilMs = Date.now() + ALONE_MS;
      }
    }
    return change(this.local, name).then(() => 0, msLeft);
  }

  private remember(key: string, ms: number): void {
    const [oldest] = this.refusals.keys();
    if (this.refusals.size >= REMEMBERED_AT_MOST && oldest !== undefined) this.refusals.delete(oldest);
    const windowEndsAtMs = Date.now() + ms;
    this.refusals.set(key, {
      windowEndsAtMs,
      forgottenAtMs: Math.min(windowEndsAtMs, Date.now() + REMEMBERED_MS),
    });
  }
}

function msLeft(refusal: unknown): number {
  if (refusal instanceof RateLimiterRes) return refusal.msBeforeNext;
  throw refusal;
}
