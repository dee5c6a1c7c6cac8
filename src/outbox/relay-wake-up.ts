import { Injectable } from '@nestjs/common';
import { PubSub } from '../platform/redis/pub-sub.js';

const CHANNEL = 'outbox-news';

/**
 * Wakes relays after a commit: those of this process directly, others through Redis. Wake-ups in one turn of the event
 * loop are sent once. Without Redis, the relays' slow poll finds the messages.
 */
@Injectable()
export class RelayWakeUp {
  private readonly listeners = new Set<() => void>();

  constructor(private readonly pubSub: PubSub) {}

  /** Call it after the commit. Returns at once and never throws. */
  wake(): void {
    for (const listener of this.listeners) listener();
    if (this.listeners.size === 0) this.pubSub.publish(CHANNEL, '');
  }

  /** Calls `listener` whenever messages may be waiting, until the returned function is called. */
  follow(listener: () => void): () => void {
    this.listeners.add(listener);
    const unsubscribe = this.pubSub.subscribe(CHANNEL, listener);
    return () => {
      this.listeners.delete(listener);
      unsubscribe();
    };
  }
}
