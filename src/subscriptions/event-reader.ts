import type { OrderQueries } from '../orders/order-queries.js';
import type { OrderEvent } from '../orders/order.js';
import { log } from '../platform/observability/logger.js';
import type { OrderChannel } from './order-channel.js';
import type { SubscriptionCursor } from './subscription-cursor.js';

/** Events of one order in one read; a longer history takes several reads. */
const MAX_EVENTS_PER_READ = 100;
/** Orders read by one query. */
const MAX_ORDERS_PER_QUERY = 1_000;
/** Orders that become due while so many queries run share the next one. */
const MAX_CONCURRENT_QUERIES = 2;

interface Read {
  readonly channel: OrderChannel;
  readonly cursors: readonly SubscriptionCursor[];
}

/** Reads the new events of orders, many orders by one query but each order by one at a time, and delivers them. */
export class EventReader {
  private readonly waiting = new Set<OrderChannel>();
  /** From the query until the delivery has ended. */
  private readonly inProgress = new Set<OrderChannel>();
  private readonly failed = new Set<OrderChannel>();
  private retryTimer: NodeJS.Timeout | undefined;
  private queryLoops = 0;

  constructor(
    private readonly queries: Pick<OrderQueries, 'eventsAfter'>,
    private readonly retryDelayMs: number,
  ) {}

  /** Reads the order's events soon, if its channel needs them. Returns at once. */
  request(channel: OrderChannel): void {
    // A channel in progress is requested again when it is done.
    if (!channel.needsRead || this.inProgress.has(channel)) return;
    this.waiting.add(channel);
    if (this.queryLoops < MAX_CONCURRENT_QUERIES) void this.readWaiting();
  }

  stop(): void {
    clearTimeout(this.retryTimer);
  }

  private async readWaiting(): Promise<void> {
    this.queryLoops += 1;
    // Orders that are requested one after another, such as by the slow check, share a query.
    await Promise.resolve();
    while (this.waiting.size > 0) await this.readBatch(this.takeBatch());
    this.queryLoops -= 1;
  }

  private takeBatch(): Read[] {
    const batch: Read[] = [];
    for (const channel of this.waiting) {
      if (batch.length === MAX_ORDERS_PER_QUERY) break;
      this.waiting.delete(channel);
      const cursors = channel.beginRead();
      if (cursors.length === 0) continue;
      this.inProgress.add(channel);
      batch.push({ channel, cursors });
    }
    return batch;
  }

  private async readBatch(batch: readonly Read[]): Promise<void> {
    if (batch.length === 0) return;
    const wanted = batch.map(({ channel, cursors }) => ({
      orderId: channel.orderId,
      afterVersion: cursors.reduce((lowest, { lastVersion }) => Math.min(lowest, lastVersion), Infinity),
    }));
    try {
      const found = await this.queries.eventsAfter(wanted, MAX_EVENTS_PER_READ);
      // Not awaited: rendering may read from the database, and the next query need not wait for it.
      for (const read of batch) void this.deliver(read, found.get(read.channel.orderId) ?? []);
    } catch (error) {
      log.warn({ err: error, orders: batch.length }, 'events could not be read; the subscriptions wait');
      for (const { channel } of batch) this.finish(channel, false);
    }
  }

  private async deliver({ channel, cursors }: Read, events: readonly OrderEvent[]): Promise<void> {
    let isComplete = false;
    try {
      isComplete = await channel.deliver(events, cursors);
      if (isComplete && events.length === MAX_EVENTS_PER_READ) channel.requestRead();
    } catch (error) {
      const { orderId } = channel;
      log.error({ err: error, orderId }, 'events could not be delivered; the subscriptions wait');
    }
    this.finish(channel, isComplete);
  }

  private finish(channel: OrderChannel, isComplete: boolean): void {
    this.inProgress.delete(channel);
    if (!isComplete) {
      this.failed.add(channel);
      this.retryTimer ??= setTimeout(() => {
        this.retryFailed();
      }, this.retryDelayMs);
    }
    this.request(channel);
  }

  private retryFailed(): void {
    this.retryTimer = undefined;
    for (const channel of this.failed) {
      channel.requestRead();
      this.request(channel);
    }
    this.failed.clear();
  }
}
