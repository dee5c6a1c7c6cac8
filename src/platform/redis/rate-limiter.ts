import { createHash } from 'node:crypto';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { log } from '../observability/logger.js';
import type { RedisConnection } from './redis.js';

export interface RateLimit {
  /** Points that one key may consume in a window. */
  readonly points: number;
  readonly windowSeconds: number;
}

/** Points that were consumed, or were not. */
export interface Consumption {
  /** 0, or in how many ms the key may come again: nothing was consumed then. */
  readonly retryAfterMs: number;
  /** What can still be refunded of it. */
  refundablePoints: number;
  readonly counter: 'redis' | 'process';
  /** The counter's name for the key. */
  readonly name: string;
  readonly windowEndsAtMs: number;
}

/** After a fault of Redis the process counts by itself for so long, so that no request waits for Redis meanwhile. */
const ALONE_MS = 1_000;
/**
 * Those over their limit are remembered for so long, and cost no round trip meanwhile. No longer: points that are
 * refunded may have brought them below it again.
 */
const REMEMBERED_MS = 1_000;
const MAX_REMEMBERED = 10_000;

/**
 * The package's own script begins a window with a refund that comes late, far below zero. Here a refund changes only
 * a window that exists, ends by ARGV[2] seconds from now, and holds so much. What is rejected is not counted.
 * ARGV: points (negative for a refund), seconds, the limit's points.
 */
export const COUNT_SCRIPT = `
local points = tonumber(ARGV[1])
local lifetime = 1000 * tonumber(ARGV[2])
local consumed = tonumber(redis.call('get', KEYS[1]) or '0')
local ttl = redis.call('pttl', KEYS[1])
if points < 0 then
  if ttl <= 0 or ttl > lifetime then return {consumed, ttl} end
  return {redis.call('incrby', KEYS[1], math.max(points, -consumed)), ttl}
end
if ttl < 0 then
  redis.call('set', KEYS[1], consumed, 'PX', lifetime)
  ttl = lifetime
end
if consumed + points > tonumber(ARGV[3]) then return {consumed + points, ttl} end
return {redis.call('incrby', KEYS[1], points), ttl}
`;

interface Rejection {
  readonly forgottenAtMs: number;
  readonly windowEndsAtMs: number;
}

/**
 * Counts the points that a key consumes in a window: over all processes in Redis, and in this process alone while
 * Redis is away. It never fails its caller.
 */
export class RateLimiter {
  private readonly shared: RateLimiterRedis;
  private readonly local: RateLimiterMemory;
  private readonly rejections = new Map<string, Rejection>();
  private aloneUntilMs = 0;

  /** @param prefix of the keys in Redis; the rest of a key is a hash, whatever the client chose */
  constructor(connection: RedisConnection, prefix: string, { points, windowSeconds }: RateLimit) {
    const options = { points, duration: windowSeconds, keyPrefix: prefix };
    this.shared = new RateLimiterRedis({
      ...options,
      storeClient: connection,
      rejectIfRedisNotReady: true,
      customIncrTtlLuaScript: COUNT_SCRIPT,
    });
    this.local = new RateLimiterMemory(options);
  }

  /** In how many ms a key that is known here to be over its limit may come again; 0 for any other. Asks nobody. */
  rejectedForMs(key: string): number {
    const rejection = this.rejections.get(key);
    if (rejection === undefined) return 0;
    if (Date.now() < rejection.forgottenAtMs) return rejection.windowEndsAtMs - Date.now();
    this.rejections.delete(key);
    return 0;
  }

  /** Consumes all of the points, or none: a storm of retries would else use up what its own orders need. */
  async consume(key: string, points: number): Promise<Consumption> {
    const knownMs = this.rejectedForMs(key);
    if (knownMs > 0) return this.rejected('', 'process', knownMs);
    const name = createHash('sha256').update(key).digest('base64url');
    const consumption = (await this.consumeShared(name, points)) ?? (await this.consumeLocal(name, points));
    if (consumption.retryAfterMs > 0) this.remember(key, consumption.windowEndsAtMs, REMEMBERED_MS);
    return consumption;
  }

  /**
   * Consumes points for what has taken its time already. Whoever has too few left for it is rejected here until the
   * window ends: what is rejected counts nothing, and could come again and again.
   */
  async consumeOrBlock(key: string, points: number): Promise<Consumption> {
    const isRejected = this.rejectedForMs(key) > 0;
    const consumption = await this.consume(key, points);
    // One that is rejected already has taken no time.
    if (consumption.retryAfterMs > 0 && !isRejected) this.remember(key, consumption.windowEndsAtMs, Infinity);
    return consumption;
  }

  /**
   * Refunds points that turned out not to be needed to the window that they were consumed from, and never more than
   * were consumed. A window that has ended needs no refund. Returns at once.
   */
  refund(consumption: Consumption, points: number): void {
    const { counter, name, windowEndsAtMs, refundablePoints } = consumption;
    const refunded = Math.min(points, refundablePoints);
    const remainingMs = windowEndsAtMs - Date.now();
    if (refunded <= 0 || remainingMs <= 0) return;
    consumption.refundablePoints -= refunded;
    if (counter === 'process') {
      void this.local.reward(name, refunded);
      return;
    }
    // A window that lasts longer is a later one; a second more, since this one ends a little later than it seems.
    const customDuration = Math.ceil(remainingMs / 1_000) + 1;
    this.shared.reward(name, refunded, { customDuration }).catch((error: unknown) => {
      log.debug({ err: error }, 'points could not be refunded');
    });
  }

  /** Undefined where Redis does not count. */
  private async consumeShared(name: string, points: number): Promise<Consumption | undefined> {
    if (Date.now() < this.aloneUntilMs) return undefined;
    // Before the question: the window must not seem to last longer than it does.
    const askedAtMs = Date.now();
    try {
      const { msBeforeNext } = await this.shared.consume(name, points);
      return consumed(name, 'redis', points, askedAtMs + msBeforeNext);
    } catch (error) {
      if (error instanceof RateLimiterRes) return this.rejected(name, 'redis', error.msBeforeNext);
      if (Date.now() >= this.aloneUntilMs)
        log.debug({ err: error }, 'rates are counted by this process alone');
      this.aloneUntilMs = Date.now() + ALONE_MS;
      return undefined;
    }
  }

  private async consumeLocal(name: string, points: number): Promise<Consumption> {
    const askedAtMs = Date.now();
    try {
      const { msBeforeNext } = await this.local.consume(name, points);
      return consumed(name, 'process', points, askedAtMs + msBeforeNext);
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      // The package has counted it all the same, in a window that can't have ended since.
      void this.local.reward(name, points);
      return this.rejected(name, 'process', error.msBeforeNext);
    }
  }

  private rejected(name: string, counter: Consumption['counter'], retryAfterMs: number): Consumption {
    const windowEndsAtMs = Date.now() + retryAfterMs;
    return { retryAfterMs: Math.max(1, retryAfterMs), refundablePoints: 0, counter, name, windowEndsAtMs };
  }

  private remember(key: string, windowEndsAtMs: number, forMs: number): void {
    const [oldest] = this.rejections.keys();
    if (this.rejections.size >= MAX_REMEMBERED && oldest !== undefined) this.rejections.delete(oldest);
    this.rejections.set(key, {
      windowEndsAtMs,
      forgottenAtMs: Math.min(windowEndsAtMs, Date.now() + forMs),
    });
  }
}

function consumed(
  name: string,
  counter: Consumption['counter'],
  points: number,
  windowEndsAtMs: number,
): Consumption {
  return { retryAfterMs: 0, refundablePoints: points, counter, name, windowEndsAtMs };
}
