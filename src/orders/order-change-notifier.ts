import { Injectable } from '@nestjs/common';
import { PubSub } from '../platform/redis/pub-sub.js';

const CHANNEL = 'order-news';

/** News that an order has a new version. It may be lost; what it says is only "look". */
@Injectable()
export class OrderChangeNotifier {
  constructor(private readonly news: PubSub) {}

  /** To be called after the commit. Returns at once and never fails. */
  publish(orderId: string, version: number): void {
    this.news.publish(CHANNEL, `${orderId} ${version}`);
  }

  /** Calls `listener` for each piece of news until the returned function is called. */
  follow(listener: (orderId: string, version: number) => void): () => void {
    return this.news.subscribe(CHANNEL, (message) => {
      const [orderId = '', version] = message.split(' ');
      listener(orderId, Number(version));
    });
  }
}
