import type { OrderEvent } from '../orders/order.js';
import { log } from '../platform/observability/logger.js';
import type { OrderChannel } from './order-channel.js';
import type { SubscriptionCursor } from './subscription-cursor.js';

/** Events of one order read at once; a longer history takes several turns. */
const EVENTS_A_READ = 100;
/** Orders read by one query. */
const ORDERS_A_QUERY = 1_000;
/** What comes up while so many queries are under way waits for the next one, so that many share it. */
const QUERIES_AT_ONCE = 2;

interface Options {
  /** Each order's events after a version, oldest first, by order id. */
  readonly read: (
    wanted: readonly { readonly orderId: string; readonly afterVersion: number }[],
    limitEach: number,
  ) => Promise<ReadonlyMap<string, readonly OrderEvent[]>>;
  /** After a failure an order is looked at again after this pause. */
  readonly pauseMs: number;
}

interface Turn {
  readonly order: OrderChannel;
  readonly watchers: readonly SubscriptionCursor[];
}

/** Reads the new events of watched orders, each order by one query at a time, and has them delivered. */
export class EventReader {
  private readonly waiting = new Set<OrderChannel>();
  /** From the read to the delivery. */
  private readonly busy = new Set<OrderChannel>();
  private readonly failed = new Set<OrderChannel>();
  private retry: NodeJS.Timeout | undefined;
  private queries = 0;
  private isStarting = false;

  constructor(private readonly options: Options) {}

  /** Looks at an order soon, where it needs it. Returns at once. */
  add(order: OrderChannel): void {
    // One that is busy is asked again at its end.
    if (!order.needsLook || this.busy.has(order)) return;
    this.waiting.add(order);
    this.start();
  }

  stop(): void {
    clearTimeout(this.retry);
  }

  private start(): void {
    if (this.isStarting || this.queries >= QUERIES_AT_ONCE || this.waiting.size === 0) return;
    this.isStarting = true;
    // One piece of news may name many orders.
    queueMicrotask(() => {
      this.isStarting = false;
      void this.serve(this.nextTurns());
      this.start();
    });
  }

  private nextTurns(): Turn[] {
    const turns: Turn[] = [];
    for (const order of this.waiting) {
      if (turns.length === ORDERS_A_QUERY) break;
      this.waiting.delete(order);
      const watchers = order.look();
      if (watchers.length === 0) continue;
      this.busy.add(order);
      turns.push({ order, watchers });
    }
    return turns;
  }

  private async serve(turns: readonly Turn[]): Promise<void> {
    if (turns.length === 0) return;
    this.queries += 1;
    try {
      const wanted = turns.map(({ order, watchers }) => ({
        orderId: order.id,
        afterVersion: watchers.reduce((lowest, { lastSent }) => Math.min(lowest, lastSent), Infinity),
      }));
      const found = await this.options.read(wanted, EVENTS_A_READ);
      for (const turn of turns) void this.deliver(turn, found.get(turn.order.id) ?? []);
    } catch (error) {
      log.warn({ err: error, orders: turns.length }, 'events could not be read; the subscriptions wait');
      for (const { order } of turns) this.end(order, false);
    } finally {
      this.queries -= 1;
      this.start();
    }
  }

  private async deliver({ order, watchers }: Turn, events: readonly OrderEvent[]): Promise<void> {
    let isWhole = false;
    try {
      isWhole = await order.deliver(events, watchers);
      if (isWhole && events.length === EVENTS_A_READ) order.want();
    } catch (error) {
      log.error({ err: error, orderId: order.id }, 'events could not be delivered; the subscriptions wait');
    }
    this.end(order, isWhole);
  }

  private end(order: OrderChannel, isWhole: boolean): void {
    this.busy.delete(order);
    if (!isWhole) this.failed.add(order);
    if (this.failed.size > 0) {
      this.retry ??= setTimeout(() => {
        this.lookAgain();
      }, this.options.pauseMs);
    }
    this.add(order);
  }

  private lookAgain(): void {
    this.retry = undefined;
    for (const order of this.failed) {
      order.want();
      this.add(order);
    }
    this.failed.clear();
  }
}
