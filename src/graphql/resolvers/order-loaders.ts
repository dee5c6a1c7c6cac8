import { Inject, Injectable } from '@nestjs/common';
import DataLoader from 'dataloader';
import type { Config } from '../../config/config.js';
import { CONFIG } from '../../config/token.js';
import type { Order, OrderEvent, OrderItem } from '../../orders/order.js';
import { type OrderDelay, orderDelays } from '../../orders/order-delays.js';
import { OrderQueries } from '../../orders/order-queries.js';
import { type PaymentAction, paymentActions } from '../../payments/payment-actions.js';
import { DiscrepancyQueries, type PaymentDiscrepancy } from '../../payments/reconcile/discrepancy-queries.js';
import { Database } from '../../platform/database/database.js';
import { MAX_DISCREPANCIES } from '../limits/list-size.js';

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

  constructor(
    private readonly queries: OrderQueries,
    private readonly discrepancyQueries: DiscrepancyQueries,
    private readonly database: Database,
    @Inject(CONFIG) private readonly config: Pick<Config, 'recovery'>,
  ) {}

  /** By id, without an access check: the caller is known to be allowed to see the order. */
  readonly order = new DataLoader<string, Order>(async (ids) => {
    const orders = await this.queries.byIds(ids, 'all');
    const byId = new Map(orders.map((order) => [order.id, order]));
    return ids.map(
      (id) =>
        byId.get(id) ??
        new Error('the order of an event, a dead letter or a payment discrepancy does not exist'),
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

  /** By order id, the newest ones first. */
  readonly discrepancies = new DataLoader<string, PaymentDiscrepancy[]>(
    async (orderIds) => this.discrepancyQueries.ofOrders(orderIds, MAX_DISCREPANCIES),
    this.options,
  );

  /** By order id; null where the customer has nothing to do. For the order's customer alone. */
  readonly paymentAction = new DataLoader<string, PaymentAction | null>(async (orderIds) => {
    const actions = await paymentActions(this.database, orderIds);
    return orderIds.map((id) => actions.get(id) ?? null);
  }, this.options);

  /** By order id; null where all goes well. */
  readonly delay = new DataLoader<string, OrderDelay | null>(async (orderIds) => {
    const delays = await orderDelays(this.database, orderIds, this.config.recovery.stuckAfterMs);
    return orderIds.map((id) => delays.get(id) ?? null);
  }, this.options);
}
