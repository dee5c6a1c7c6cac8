import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/token.js';
import type { Order } from '../orders/order.js';
import { OrderChangeNotifier } from '../orders/order-change-notifier.js';
import { OrderQueries, type Visibility } from '../orders/order-queries.js';
import { log } from '../platform/observability/logger.js';
import { WakeableLoop } from '../platform/wakeable-loop.js';
import { EventReader } from './event-reader.js';
import type { EventSink, EventSubscription } from './event-sink.js';
import { OrderChannel } from './order-channel.js';
import { SubscriptionCursor } from './subscription-cursor.js';

/** Orders checked by one query. */
const MAX_ORDERS_PER_CHECK = 1_000;

/**
 * Follows orders for subscribers. An event takes a single path:
 * - OrderFeed decides that an order has to be read: a change was announced, the slow check found a new version,
 *   a subscriber joined, or a sink takes events again;
 * - EventReader reads the events from PostgreSQL, once for all subscribers of the order;
 * - OrderChannel renders them, once for each view, and sends them to the sinks that take events.
 *
 * Announcements over Redis may be lost, and say only that there is something to read; the slow check finds the rest.
 */
@Injectable()
export class OrderFeed implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly channels = new Map<string, OrderChannel>();
  private readonly reader: EventReader;
  private readonly slowCheck: WakeableLoop;
  private unfollow: (() => void) | undefined;

  constructor(
    private readonly queries: OrderQueries,
    private readonly notifier: OrderChangeNotifier,
    @Inject(CONFIG) { live }: Pick<Config, 'live'>,
  ) {
    this.reader = new EventReader(queries, live.checkIntervalMs);
    this.slowCheck = new WakeableLoop({
      run: () => this.checkVersions(),
      intervalMs: live.checkIntervalMs,
      onError: (error, consecutive) => {
        const level = consecutive === 1 ? 'warn' : 'debug';
        log[level]({ err: error, consecutive }, 'orders could not be checked for new events; trying again');
      },
    });
  }

  onApplicationBootstrap(): void {
    this.unfollow = this.notifier.follow((orderId, version) => {
      this.announce(orderId, version);
    });
    this.slowCheck.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.unfollow?.();
    this.reader.stop();
    await this.slowCheck.stop();
  }

  /**
   * Sends a sink the order's events after a version: stored ones first, then new ones as they happen, each once and
   * in order. Ends after a final event. Database failures delay events and never end the subscription.
   * @param order as its subscriber has just seen it; where `afterVersion` is beyond its version, the events in
   * between are skipped, but a final one among them ends the subscription
   * @param visibleTo the subscription ends at an event whose order these may not, or no longer, see
   */
  subscribe(
    { id, version }: Pick<Order, 'id' | 'version'>,
    afterVersion: number,
    visibleTo: Visibility,
    sink: EventSink,
  ): EventSubscription {
    const channel = this.channelOf(id);
    const startVersion = Math.min(afterVersion, version);
    const cursor = new SubscriptionCursor({ sink, visibleTo, afterVersion, startVersion });
    // Added before the first read, so that what commits during it is announced to the channel.
    channel.add(cursor);
    this.reader.request(channel);
    return {
      resume: () => {
        if (channel.resume(cursor)) this.reader.request(channel);
      },
      close: () => {
        channel.remove(cursor);
      },
    };
  }

  private channelOf(orderId: string): OrderChannel {
    const existing = this.channels.get(orderId);
    if (existing !== undefined) return existing;
    const channel = new OrderChannel(orderId, () => this.channels.delete(orderId));
    this.channels.set(orderId, channel);
    return channel;
  }

  private announce(orderId: string, version: number): void {
    const channel = this.channels.get(orderId);
    if (channel === undefined) return;
    channel.announce(version);
    this.reader.request(channel);
  }

  /** The slow check: a batch is all orders that have subscribers. */
  private async checkVersions(): Promise<boolean> {
    const orderIds = [...this.channels.keys()];
    for (let start = 0; start < orderIds.length; start += MAX_ORDERS_PER_CHECK)
      await this.checkBatch(orderIds.slice(start, start + MAX_ORDERS_PER_CHECK));
    return false;
  }

  private async checkBatch(orderIds: readonly string[]): Promise<void> {
    const read = new Map(orderIds.map((id) => [id, this.channels.get(id)?.lastVersion ?? 0]));
    for (const [orderId, version] of await this.queries.versions(orderIds)) {
      // What was read before is not stored any more.
      if (version < (read.get(orderId) ?? 0)) this.channels.get(orderId)?.startOver();
      this.announce(orderId, version);
    }
  }
}
