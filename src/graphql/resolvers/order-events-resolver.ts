import { Args, Parent, ResolveField, Subscription } from '@nestjs/graphql';
import type { Caller } from '../../auth/caller.js';
import { OrderFeed } from '../../subscriptions/order-feed.js';
import type { Order, OrderEvent } from '../../orders/order.js';
import { OrderQueries } from '../../orders/order-queries.js';
import { isFinal } from '../../orders/lifecycle.js';
import { CurrentCaller, CurrentEventSink, visibility } from '../context.js';
import { ApiResolver } from './api-resolver.js';
import { badUserInput, notFound } from '../errors/errors.js';
import { OrderLoaders } from './order-loaders.js';
import { SocketEventSink } from '../../subscriptions/socket-event-sink.js';

@ApiResolver('OrderEvent')
export class OrderEventsResolver {
  constructor(
    private readonly feed: OrderFeed,
    private readonly queries: OrderQueries,
    private readonly loaders: OrderLoaders,
  ) {}

  @Subscription('orderEvents', { resolve: (event: OrderEvent) => event })
  async orderEvents(
    @CurrentCaller() caller: Caller,
    @CurrentEventSink() sink: SocketEventSink,
    @Args('orderId') orderId: string,
    @Args('afterVersion') afterVersion: number | null | undefined,
  ): Promise<AsyncIterable<never>> {
    if (afterVersion != null && afterVersion < 0) {
      throw badUserInput([{ field: 'afterVersion', message: 'must be at least 0' }]);
    }
    const visibleTo = visibility(caller);
    const [order] = await this.queries.byIds([orderId], visibleTo);
    if (order === undefined) throw notFound('order');
    // By default the newest event is sent first, so that the client starts with the current state.
    const after = afterVersion ?? order.version - 1;
    if (isFinal(order.status) && after >= order.version) return empty();
    return sink.attach(this.feed.subscribe(order, after, visibleTo, sink));
  }

  @ResolveField('order')
  async order(@Parent() { orderId }: OrderEvent): Promise<Order> {
    return this.loaders.order.load(orderId);
  }
}

/** Completes the subscription of a client that has already seen the final event. */
async function* empty(): AsyncGenerator<never> {
  // No events.
}
