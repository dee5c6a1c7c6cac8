import { LRUCache } from 'lru-cache';
import { createHash } from 'node:crypto';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { log } from '../observability/logger.js';
import type { RedisConnection } from './redis.js';

export interface RateLimit {
  /** Points that one key may consume in a window. */
  readonly points: number;
  readonly windowSeconds: number;
}

/** The outcome of consuming points. */
export interface Consumption {
  /** 0 where the points were consumed; otherwise rejected, and the time until the key may try again. */
  readonly retryAfterMs: number;
  /** Points of it that can still be refunded. */
  refundablePoints: number;
  /** Which counter it was counted in. */
  readonly counter: 'redis' | 'process';
  /** The key's hash, which is its name in the counter. */
  readonly name: string;
  readonly windowEndsAtMs: number;
}

/** After an error the process counts alone for this long, so that requests don't wait for Redis during an outage. */
const LOCAL_ONLY_MS = 1_000;
/**
 * How long a rejected key is rejected without asking Redis. Not until the window ends: a refund may have brought the
 * key below its limit again.
 */
const REJECTION_TTL_MS = 1_000;
const MAX_REJECTIONS = 10_000;

/**
 * Replaces the package's script, in which a late refund starts a new window with a negative count, and in which
 * rejected points count. Here a refund only changes an existing window that ends within ARGV[2] seconds, and never
 * takes it below zero. ARGV: points (negative for a refund), window in seconds, the limit in points.
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

/**
 * Counts the points that each key consumes in a window: in Redis for all processes together, and in this process alone
 * while Redis is unavailable. Never throws because of Redis.
 *
 * The package's insuranceLimiter would ask Redis on each request during an outage, and would refund locally what Redis
 * had counted; its in-memory block is unbounded, and would report its own duration instead of the window's end.
 */
export class RateLimiter {
  private readonly shared: RateLimiterRedis;
  private readonly local: RateLimiterMemory;
  /** When the window of a rejected key ends, in ms since the epoch. */
  private readonly rejections = new LRUCache<string, number>({ max: MAX_REJECTIONS });
  private localOnlyUntilMs = 0;

  /** @param prefix of the keys in Redis; the rest of each is a hash, since clients choose the key */
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

  /** The time until a key that this process has rejected may try again; 0 for any other key. Doesn't ask Redis. */
  rejectedForMs(key: string): number {
    return Math.max(0, (this.rejections.get(key) ?? 0) - Date.now());
  }

  /** Consumes all of the points or none: otherwise rejected retries would use up the points of later requests. */
  async consume(key: string, points: number): Promise<Consumption> {
    const rejectedForMs = this.rejectedForMs(key);
    if (rejectedForMs > 0) return rejected('', 'process', rejectedForMs);
    const name = createHash('sha256').update(key).digest('base64url');
    const consumption = (await this.consumeShared(name, points)) ?? (await this.consumeLocal(name, points));
    if (consumption.retryAfterMs > 0) this.rejectLocally(key, consumption.windowEndsAtMs, REJECTION_TTL_MS);
    return consumption;
  }

  /**
   * Consumes points for work that has been done already. A key with too few points left is rejected until its window
   * ends: rejected points don't count, so the same work could otherwise be repeated without end.
   */
  async consumeOrBlock(key: string, points: number): Promise<Consumption> {
    const wasRejected = this.rejectedForMs(key) > 0;
    const consumption = await this.consume(key, points);
    // For a key that was rejected before, no work was done.
    if (consumption.retryAfterMs > 0 && !wasRejected) this.rejectLocally(key, consumption.windowEndsAtMs);
    return consumption;
  }

  /**
   * Refunds points to the window that they were consumed in, never more than were consumed. Does nothing where that
   * window has ended. Returns before Redis has answered.
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
    // A window that ends later than this is a later window. One second more for the delay of the answer.
    const customDuration = Math.ceil(remainingMs / 1_000) + 1;
    this.shared.reward(name, refunded, { customDuration }).catch((error: unknown) => {
      log.debug({ err: error }, 'points could not be refunded');
    });
  }

  /** @returns undefined where Redis is unavailable */
  private async consumeShared(name: string, points: number): Promise<Consumption | undefined> {
    if (Date.now() < this.localOnlyUntilMs) return undefined;
    // Taken before the command: the window must not seem to end later than it does.
    const askedAtMs = Date.now();
    try {
      const { msBeforeNext } = await this.shared.consume(name, points);
      return consumed(name, 'redis', points, askedAtMs + msBeforeNext);
    } catch (error) {
      if (error instanceof RateLimiterRes) return rejected(name, 'redis', error.msBeforeNext);
      if (Date.now() >= this.localOnlyUntilMs)
        log.debug({ err: error }, 'rate limits are counted in this process alone');
      this.localOnlyUntilMs = Date.now() + LOCAL_ONLY_MS;
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
      // The package counts rejected points, too. The window can't have ended since.
      void this.local.reward(name, points);
      return rejected(name, 'process', error.msBeforeNext);
    }
  }

  /** @param maxMs by default until the window ends */
  private rejectLocally(key: string, windowEndsAtMs: number, maxMs = Infinity): void {
    // A TTL of 0 would mean none.
    const ttl = Math.max(1, Math.min(windowEndsAtMs - Date.now(), maxMs));
    this.rejections.set(key, windowEndsAtMs, { ttl });
  }
}

function rejected(name: string, counter: Consumption['counter'], retryAfterMs: number): Consumption {
  const windowEndsAtMs = Date.now() + retryAfterMs;
  return { retryAfterMs: Math.max(1, retryAfterMs), refundablePoints: 0, counter, name, windowEndsAtMs };
}

function consumed(
  name: string,
  counter: Consumption['counter'],
  points: number,
  windowEndsAtMs: number,
): Consumption {
  return { retryAfterMs: 0, refundablePoints: points, counter, name, windowEndsAtMs };
}
