import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { Config } from '../config/config.js';
import type { Order } from '../orders/order.js';
import { OrderChangeNotifier } from '../orders/order-change-notifier.js';
import { OrderQueries, type Visibility } from '../orders/order-queries.js';
import { CONFIG } from '../config/token.js';
import { log } from '../platform/observability/logger.js';
import { WakeableLoop } from '../platform/wakeable-loop.js';
import { EventReader } from './event-reader.js';
import { OrderChannel } from './order-channel.js';
import { type Subscriber, SubscriptionCursor } from './subscription-cursor.js';

/** Orders checked by one query. */
const ORDERS_A_CHECK = 1_000;

/**
 * Follows orders for subscribers. PostgreSQL is the truth: news from Redis only says "look", and a slow check
 * of all watched orders looks anyway. An event is read once for all who watch its order.
 */
@Injectable()
export class OrderFeed implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly orders = new Map<string, OrderChannel>();
  private readonly looks: EventReader;
  private readonly slowCheck: WakeableLoop;
  private unfollow: (() => void) | undefined;

  constructor(
    private readonly queries: OrderQueries,
    private readonly news: OrderChangeNotifier,
    @Inject(CONFIG) { live }: Pick<Config, 'live'>,
  ) {
    this.looks = new EventReader({
      read: (wanted, limitEach) => queries.eventsAfter(wanted, limitEach),
      pauseMs: live.checkIntervalMs,
    });
    this.slowCheck = new WakeableLoop({
      run: () => this.checkWatched(),
      intervalMs: live.checkIntervalMs,
      onError: (error, consecutive) => {
        const level = consecutive === 1 ? 'warn' : 'debug';
        log[level]({ err: error, consecutive }, 'watched orders could not be checked; the check goes on');
      },
    });
  }

  onApplicationBootstrap(): void {
    this.unfollow = this.news.follow((orderId, version) => {
      this.hear(orderId, version);
    });
    this.slowCheck.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.unfollow?.();
    this.looks.stop();
    await this.slowCheck.stop();
  }

  /**
   * Sends a subscriber the order's events after a version: stored ones first, then new ones as they happen, each
   * once and in order. Ends after a final event. Database faults delay it and never end it.
   * @param order as its subscriber has just seen it; where `afterVersion` is beyond its version, the events in
   * between are passed over, and a final one among them ends it all the same
   * @param visibleTo it ends where an event's order is not, or no longer, this one's to see
   */
  watch(
    { id, version }: Pick<Order, 'id' | 'version'>,
    afterVersion: number,
    visibleTo: Visibility,
    subscriber: Subscriber,
  ): SubscriptionCursor {
    const order = this.orders.get(id) ?? new OrderChannel(id);
    const look = () => {
      order.want();
      this.looks.add(order);
    };
    const watcher = new SubscriptionCursor({
      subscriber,
      visibleTo,
      afterVersion,
      startVersion: Math.min(afterVersion, version),
      onReady: look,
      onEnd: () => {
        order.watchers.delete(watcher);
        if (order.watchers.size === 0) this.orders.delete(id);
      },
    });
    // Subscribe first, then read: what commits in between is heard of.
    this.orders.set(id, order);
    order.watchers.add(watcher);
    look();
    return watcher;
  }

  private async checkWatched(): Promise<boolean> {
    const orderIds = [...this.orders.keys()];
    for (let start = 0; start < orderIds.length; start += ORDERS_A_CHECK) {
      const versions = await this.queries.versions(orderIds.slice(start, start + ORDERS_A_CHECK));
      for (const [orderId, version] of versions) this.hear(orderId, version);
    }
    return false;
  }

  private hear(orderId: string, version: number): void {
    const order = this.orders.get(orderId);
    if (order === undefined) return;
    order.hear(version);
    this.looks.add(order);
  }
}
