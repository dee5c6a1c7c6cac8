import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import DataLoader from 'dataloader';
import type { Config } from '../config.js';
import type { Order, OrderEvent } from '../orders/order.js';
import { OrderNews } from '../orders/order-news.js';
import { isVisible, OrderQueries, type Visibility } from '../orders/order-queries.js';
import { isFinal } from '../orders/order-status.js';
import { CONFIG } from '../platform/config-token.js';
import { log } from '../platform/logger.js';
import { WakeableLoop } from '../platform/wakeable-loop.js';
import { Watcher } from './watcher.js';

interface EventsWanted {
  readonly orderId: string;
  readonly afterVersion: number;
}

/** Events read at once for one subscriber; a longer history takes several turns. */
const EVENTS_A_READ = 100;
/** Subscribers served, or orders checked, by one query. */
const ORDERS_A_QUERY = 1_000;

/**
 * Follows orders for subscribers. PostgreSQL is the truth: news from Redis only says "look", and a slow check
 * of all watched orders looks anyway. A subscriber's whole state is the last version that it was sent.
 */
@Injectable()
export class OrderFeed implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly watchers = new Map<string, Set<Watcher>>();
  private readonly slowCheck: WakeableLoop;
  private unfollow: (() => void) | undefined;
  /** Collects what the subscribers of one moment want into one query; remembers nothing. */
  private readonly events = new DataLoader<EventsWanted, OrderEvent[]>((wanted) => this.readEvents(wanted), {
    cache: false,
    maxBatchSize: ORDERS_A_QUERY,
  });

  constructor(
    private readonly queries: OrderQueries,
    private readonly news: OrderNews,
    @Inject(CONFIG) private readonly config: Pick<Config, 'live'>,
  ) {
    this.slowCheck = new WakeableLoop({
      run: () => this.checkWatched(),
      intervalMs: config.live.checkIntervalMs,
      onError: (error, consecutive) => {
        const level = consecutive === 1 ? 'warn' : 'debug';
        log[level]({ err: error, consecutive }, 'watched orders could not be checked; the check goes on');
      },
    });
  }

  onApplicationBootstrap(): void {
    this.unfollow = this.news.follow((orderId, version) => {
      this.heard(orderId, version);
    });
    this.slowCheck.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.unfollow?.();
    await this.slowCheck.stop();
  }

  /**
   * The order's events after a version: stored ones first, then new ones as they happen, each once and in
   * order. Ends after a final event. Database faults delay it and never end it.
   * @param order as its subscriber has just seen it; where `afterVersion` is beyond its version, the events in
   * between are passed over, and a final one among them ends the sequence all the same
   * @param visibleTo the sequence ends where an event's order is not, or no longer, this one's to see
   */
  watch(
    order: Pick<Order, 'id' | 'version'>,
    afterVersion: number,
    visibleTo: Visibility,
  ): AsyncIterableIterator<OrderEvent> {
    // Subscribe first, then read: what commits in between is heard of.
    const watcher = this.register(new Watcher(order.id, Math.min(afterVersion, order.version)));
    const events = this.follow(watcher, afterVersion, visibleTo);
    return {
      next: () => events.next(),
      // A generator can't be ended while it waits, so the watcher is told first.
      return: async () => {
        watcher.close();
        this.unregister(watcher);
        return events.return(undefined);
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  private async *follow(
    watcher: Watcher,
    afterVersion: number,
    visibleTo: Visibility,
  ): AsyncGenerator<OrderEvent, undefined> {
    try {
      while (!watcher.closed) {
        watcher.look();
        const events = await this.readNext(watcher);
        for (const event of events ?? []) {
          if (!isVisible(event, visibleTo)) return;
          watcher.lastSent = event.version;
          if (event.version > afterVersion) yield event;
          if (isFinal(event.status)) return;
        }
        if (events === undefined) await watcher.pause(this.config.live.checkIntervalMs);
        else if (events.length === 0) await watcher.news();
      }
    } finally {
      this.unregister(watcher);
    }
  }

  /** Undefined where the database failed; then the subscriber waits a while and looks again. */
  private async readNext({ orderId, lastSent }: Watcher): Promise<OrderEvent[] | undefined> {
    try {
      return await this.events.load({ orderId, afterVersion: lastSent });
    } catch (error) {
      log.warn({ err: error, orderId }, 'events could not be read; the subscription waits');
      return undefined;
    }
  }

  private async readEvents(wanted: readonly EventsWanted[]): Promise<OrderEvent[][]> {
    const lowest = new Map<string, number>();
    for (const { orderId, afterVersion } of wanted) {
      lowest.set(orderId, Math.min(afterVersion, lowest.get(orderId) ?? afterVersion));
    }
    const orders = [...lowest].map(([orderId, afterVersion]) => ({ orderId, afterVersion }));
    const found = await this.queries.eventsAfter(orders, EVENTS_A_READ);
    return wanted.map(({ orderId, afterVersion }) =>
      (found.get(orderId) ?? []).filter(({ version }) => version > afterVersion),
    );
  }

  private async checkWatched(): Promise<boolean> {
    const orderIds = [...this.watchers.keys()];
    for (let start = 0; start < orderIds.length; start += ORDERS_A_QUERY) {
      const versions = await this.queries.versions(orderIds.slice(start, start + ORDERS_A_QUERY));
      for (const [orderId, version] of versions) this.heard(orderId, version);
    }
    return false;
  }

  private heard(orderId: string, version: number): void {
    for (const watcher of this.watchers.get(orderId) ?? []) watcher.hear(version);
  }

  private register(watcher: Watcher): Watcher {
    const watchers = this.watchers.get(watcher.orderId) ?? new Set();
    this.watchers.set(watcher.orderId, watchers.add(watcher));
    return watcher;
  }

  private unregister(watcher: Watcher): void {
    const watchers = this.watchers.get(watcher.orderId);
    watchers?.delete(watcher);
    if (watchers?.size === 0) this.watchers.delete(watcher.orderId);
  }
}
