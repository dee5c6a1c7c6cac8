import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Config } from '../../config/config.js';
import { CONFIG } from '../../config/token.js';
import { DeadlineExceededError, withTimeout } from '../with-timeout.js';
import { log } from '../observability/logger.js';
import { failFast, patient, type RedisConnection, RedisConnections } from './redis.js';

type Listener = (message: string) => void;

/**
 * A subscriber only listens, so nothing tells it that its connection is dead. While it does not know, the slow
 * checks do its work: a few seconds of that cost little, and one small command in a few seconds costs nothing.
 */
const CHECK_INTERVAL_MS = 5_000;

/**
 * News over Redis pub/sub: quick, and lost whenever Redis or the network has a bad moment. Whoever listens
 * has a slow check of its own. Publishing never blocks and never fails its caller.
 * One connection to publish and one to subscribe, however many listeners a process has.
 */
@Injectable()
export class PubSub implements OnApplicationShutdown {
  private readonly publisher: RedisConnection;
  private subscriber: RedisConnection | undefined;
  private checking: NodeJS.Timeout | undefined;
  private readonly listeners = new Map<string, Set<Listener>>();
  private readonly outgoing = new Map<string, Set<string>>();

  constructor(
    private readonly connections: RedisConnections,
    @Inject(CONFIG) private readonly config: Pick<Config, 'redis'>,
  ) {
    this.publisher = connections.open(failFast(config.redis.commandTimeoutMs));
  }

  /** Sends `message` with the next turn of the event loop; equal messages of one turn go out once. */
  publish(channel: string, message: string): void {
    const waiting = this.outgoing.get(channel);
    if (waiting !== undefined) {
      waiting.add(message);
      return;
    }
    this.outgoing.set(channel, new Set([message]));
    setImmediate(() => {
      this.flush(channel);
    });
  }

  /** Calls `listener` with each message, until the returned function is called. */
  subscribe(channel: string, listener: Listener): () => void {
    const listeners = this.listeners.get(channel) ?? new Set();
    listeners.add(listener);
    if (!this.listeners.has(channel)) {
      this.listeners.set(channel, listeners);
      this.follow(channel);
    }
    return () => {
      listeners.delete(listener);
    };
  }

  onApplicationShutdown(): void {
    clearInterval(this.checking);
  }

  private flush(channel: string): void {
    const messages = [...(this.outgoing.get(channel) ?? [])];
    this.outgoing.delete(channel);
    this.publisher.publish(this.named(channel), JSON.stringify(messages)).catch((error: unknown) => {
      log.debug({ err: error, channel }, 'news not published; the slow check takes over');
    });
  }

  private follow(channel: string): void {
    this.subscriber ??= this.openSubscriber();
    // A subscription that fails for now is made again by ioredis when the connection is back.
    this.subscriber.subscribe(this.named(channel)).catch((error: unknown) => {
      log.warn({ err: error, channel }, 'not subscribed to news yet; the slow check takes over');
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
    this.checking = setInterval(() => {
      void this.check(subscriber);
    }, CHECK_INTERVAL_MS);
    return subscriber;
  }

  /** Opens the connection again where it answers nothing, though nobody has said that it is lost. */
  private async check(subscriber: RedisConnection): Promise<void> {
    // A connection that is known to be lost comes back by itself.
    if (subscriber.status !== 'ready') return;
    const names = [...this.listeners.keys()].map((channel) => this.named(channel));
    try {
      // In a cluster a PING would go over another connection; SUBSCRIBE always goes over the one with the news.
      const answer = subscriber.subscribe(...names);
      await withTimeout(this.config.redis.commandTimeoutMs, 'the check of the news connection', answer);
    } catch (error) {
      log.debug({ err: error }, 'news connection checked');
      if (error instanceof DeadlineExceededError) subscriber.disconnect(true);
    }
  }

  private named(channel: string): string {
    return `${this.config.redis.prefix}:${channel}`;
  }
}

/** Whoever can reach Redis can publish on the channel, so what comes may be anything. */
function messagesIn(payload: string): string[] {
  try {
    const messages: unknown = JSON.parse(payload);
    if (Array.isArray(messages)) return messages.filter((message) => typeof message === 'string');
  } catch (error) {
    log.warn({ err: error }, 'news could not be read; the slow check takes over');
  }
  return [];
}
