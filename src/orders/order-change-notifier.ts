import { Injectable } from '@nestjs/common';
import { PubSub } from '../platform/redis/pub-sub.js';

const CHANNEL = 'order-news';

/** Publishes on Redis that an order has a new version. Best effort: readers also check PostgreSQL on their own. */
@Injectable()
export class OrderChangeNotifier {
  constructor(private readonly pubSub: PubSub) {}

  /** Call it after the commit. Returns at once and never throws. */
  publish(orderId: string, version: number): void {
    this.pubSub.publish(CHANNEL, `${orderId} ${version}`);
  }

  /** Calls `listener` for each message until the returned function is called. */
  follow(listener: (orderId: string, version: number) => void): () => void {
    return this.pubSub.subscribe(CHANNEL, (message) => {
      const [orderId = '', text] = message.split(' ');
      const version = Number(text);
      // Another release may send something else.
      if (Number.isSafeInteger(version)) listener(orderId, version);
    });
  }
}
