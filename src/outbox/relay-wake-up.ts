import { Injectable } from '@nestjs/common';
import { PubSub } from '../platform/redis/pub-sub.js';

const CHANNEL = 'outbox-news';

/**
 * Wakes relays after a commit: those of this process at once, others through Redis. The wake-ups of one turn
 * of the event loop go out as one. Without Redis the relays find the messages by their slow poll.
 */
@Injectable()
export class RelayWakeUp {
  private readonly local = new Set<() => void>();

  constructor(private readonly news: PubSub) {}

  /** To be called after the commit. Returns at once and never fails. */
  wake(): void {
    for (const listener of this.local) listener();
    if (this.local.size === 0) this.news.publish(CHANNEL, '');
  }

  /** Calls `listener` whenever messages may wait, until the returned function is called. */
  follow(listener: () => void): () => void {
    this.local.add(listener);
    const unsubscribe = this.news.subscribe(CHANNEL, listener);
    return () => {
      this.local.delete(listener);
      unsubscribe();
    };
  }
}
