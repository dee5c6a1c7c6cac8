import { Injectable } from '@nestjs/common';
import DataLoader from 'dataloader';
import type { Order, OrderEvent, OrderItem } from '../../orders/order.js';
import { OrderQueries } from '../../orders/order-queries.js';

/**
 * A history is a handful of events; retries of an outage add one every quarter of a minute. Of a hundred orders that
 * went through a day of that, one page would hold half a million. schema.graphql tells clients how to go on.
 */
const MAX_EVENTS = 1_000;
/** A page of orders asks for its parts in one query; PostgreSQL plans longer lists badly. */
const MAX_BATCH_SIZE = 500;

/**
 * Collects what the resolvers of one moment ask for into one query each. Nothing is remembered: a
 * subscription lives long, and "the order as it is now" has to be just that.
 */
@Injectable()
export class OrderLoaders {
  private readonly options = { cache: false, maxBatchSize: MAX_BATCH_SIZE };

  constructor(private readonly queries: OrderQueries) {}

  /** By id, for orders that the caller was already found to own. */
  readonly order = new DataLoader<string, Order>(async (ids) => {
    const orders = await this.queries.byIds(ids, 'all');
    const byId = new Map(orders.map((order) => [order.id, order]));
    return ids.map((id) => byId.get(id) ?? new Error('an event names an order that does not exist'));
  }, this.options);

  readonly items = new DataLoader<Order, OrderItem[]>(async (orders) => {
    const found = await this.queries.items(orders);
    return orders.map(({ id }) => found.get(id) ?? []);
  }, this.options);

  /** The oldest ones after a version, so that a client can go on after the last one it got. */
  readonly events = new DataLoader<{ readonly orderId: string; readonly afterVersion: number }, OrderEvent[]>(
    async (wanted) => this.queries.histories(wanted, MAX_EVENTS),
    this.options,
  );
}
