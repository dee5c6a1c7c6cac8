import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Config } from '../../config/config.js';
import { CONFIG } from '../../config/token.js';
import { DeadlineExceededError, withTimeout } from '../with-timeout.js';
import { log } from '../observability/logger.js';
import { failFast, patient, type RedisConnection, RedisConnections } from './redis.js';

type Listener = (message: string) => void;

/**
 * A subscriber only listens, so it doesn't notice a dead connection by itself. Until this check does, the listeners'
 * slow checks replace the lost messages.
 */
const CHECK_INTERVAL_MS = 5_000;

/**
 * Best-effort messages over Redis pub/sub, lost during any trouble with Redis or the network; each listener has a slow
 * check of its own. Publishing never blocks and never throws. A process uses one connection to publish and one to
 * subscribe, for all of its listeners.
 */
@Injectable()
export class PubSub implements OnApplicationShutdown {
  private readonly publisher: RedisConnection;
  private subscriber: RedisConnection | undefined;
  private checkTimer: NodeJS.Timeout | undefined;
  private readonly listeners = new Map<string, Set<Listener>>();
  private readonly outgoing = new Map<string, Set<string>>();

  constructor(
    private readonly connections: RedisConnections,
    @Inject(CONFIG) private readonly config: Pick<Config, 'redis'>,
  ) {
    this.publisher = connections.open(failFast(config.redis.commandTimeoutMs));
  }

  /** Sends `message` at the end of this turn of the event loop; equal messages of one turn are sent once. */
  publish(channel: string, message: string): void {
    const pending = this.outgoing.get(channel);
    if (pending !== undefined) {
      pending.add(message);
      return;
    }
    this.outgoing.set(channel, new Set([message]));
    setImmediate(() => {
      this.flush(channel);
    });
  }

  /** Calls `listener` with each message. @returns unsubscribe */
  subscribe(channel: string, listener: Listener): () => void {
    const listeners = this.listeners.get(channel) ?? new Set();
    listeners.add(listener);
    if (!this.listeners.has(channel)) {
      this.listeners.set(channel, listeners);
      this.subscribeInRedis(channel);
    }
    return () => {
      listeners.delete(listener);
    };
  }

  onApplicationShutdown(): void {
    clearInterval(this.checkTimer);
  }

  private flush(channel: string): void {
    const messages = [...(this.outgoing.get(channel) ?? [])];
    this.outgoing.delete(channel);
    this.publisher.publish(this.redisChannel(channel), JSON.stringify(messages)).catch((error: unknown) => {
      log.debug({ err: error, channel }, 'messages not published; the slow check takes over');
    });
  }

  private subscribeInRedis(channel: string): void {
    this.subscriber ??= this.openSubscriber();
    // ioredis repeats a failed subscription once the connection is back.
    this.subscriber.subscribe(this.redisChannel(channel)).catch((error: unknown) => {
      log.warn({ err: error, channel }, 'not subscribed yet; the slow check takes over');
    });
  }

  private openSubscriber(): RedisConnection {
    const subscriber = this.connections.open(patient());
    subscriber.on('message', (name: string, payload: string) => {
      const channel = name.slice(this.config.redis.prefix.length + 1);
      for (const message of messagesIn(payload)) {
        for (const listener of this.listeners.get(channel) ?? []) listener(message);
      }
    });
    this.checkTimer = setInterval(() => {
      void this.check(subscriber);
    }, CHECK_INTERVAL_MS);
    return subscriber;
  }

  /** Reconnects where the connection doesn't answer, although it seems to be up. */
  private async check(subscriber: RedisConnection): Promise<void> {
    // ioredis reconnects by itself.
    if (subscriber.status !== 'ready') return;
    const channels = [...this.listeners.keys()].map((channel) => this.redisChannel(channel));
    try {
      // In a cluster, PING would use another connection; SUBSCRIBE always uses the subscriber's.
      const answer = subscriber.subscribe(...channels);
      await withTimeout(this.config.redis.commandTimeoutMs, 'the check of the subscriber', answer);
    } catch (error) {
      log.debug({ err: error }, 'the check of the subscriber failed');
      if (error instanceof DeadlineExceededError) subscriber.disconnect(true);
    }
  }

  private redisChannel(channel: string): string {
    return `${this.config.redis.prefix}:${channel}`;
  }
}

/** Anyone with access to Redis can publish on the channel, so the payload may be anything. */
function messagesIn(payload: string): string[] {
  try {
    const messages: unknown = JSON.parse(payload);
    if (Array.isArray(messages)) return messages.filter((message) => typeof message === 'string');
  } catch (error) {
    log.warn({ err: error }, 'a message could not be parsed; the slow check takes over');
  }
  return [];
}
