import { Injectable } from '@nestjs/common';
import DataLoader from 'dataloader';
import type { Order, OrderEvent, OrderItem } from '../../orders/order.js';
import { OrderQueries } from '../../orders/order-queries.js';

/**
 * Maximum number of events per order. Most histories have a handful, but an outage adds one every 15 seconds: after a
 * day, a page of a hundred orders would have half a million. schema.graphql tells clients how to read on.
 */
const MAX_EVENTS = 1_000;
/** Enough for a page of orders. PostgreSQL plans longer lists badly. */
const MAX_BATCH_SIZE = 500;

/** Batches reads of resolvers into one query per kind. Nothing is cached: a subscription needs the current order. */
@Injectable()
export class OrderLoaders {
  private readonly options = { cache: false, maxBatchSize: MAX_BATCH_SIZE };

  constructor(private readonly queries: OrderQueries) {}

  /** By id, without an access check: the caller is known to be allowed to see the order. */
  readonly order = new DataLoader<string, Order>(async (ids) => {
    const orders = await this.queries.byIds(ids, 'all');
    const byId = new Map(orders.map((order) => [order.id, order]));
    return ids.map(
      (id) => byId.get(id) ?? new Error('the order of an event or a dead letter does not exist'),
    );
  }, this.options);

  readonly items = new DataLoader<Order, OrderItem[]>(async (orders) => {
    const found = await this.queries.items(orders);
    return orders.map(({ id }) => found.get(id) ?? []);
  }, this.options);

  /** The oldest events after a version, so that a client can continue after the last one it has read. */
  readonly events = new DataLoader<{ readonly orderId: string; readonly afterVersion: number }, OrderEvent[]>(
    async (wanted) => this.queries.histories(wanted, MAX_EVENTS),
    this.options,
  );
}
