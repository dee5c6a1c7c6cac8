import { Args, Context, Info, Parent, Query, ResolveField } from '@nestjs/graphql';
import { type GraphQLResolveInfo, OperationTypeNode } from 'graphql';
import type { Caller } from '../../auth/caller.js';
import type { Order, OrderEvent, OrderItem } from '../../orders/order.js';
import { OrderQueries } from '../../orders/order-queries.js';
import type { OrderStatus } from '../../orders/lifecycle.js';
import type { PaymentDiscrepancy } from '../../payments/reconcile/discrepancy-queries.js';
import { CurrentCaller, type GraphQLContext, visibility } from '../context.js';
import { ApiResolver } from './api-resolver.js';
import { badUserInput } from '../errors/errors.js';
import { IDEMPOTENCY_KEY } from '../inputs/formats.js';
import { EXPECTED_EVENTS } from '../limits/list-size.js';
import { OperationLimits } from '../limits/operation-limits.js';
import { OrderLoaders } from './order-loaders.js';
import { page, type PageArguments } from './pagination.js';
import { UUID } from '../../platform/uuid.js';

@ApiResolver('Order')
export class OrdersResolver {
  constructor(
    private readonly queries: OrderQueries,
    private readonly loaders: OrderLoaders,
    private readonly limits: OperationLimits,
  ) {}

  @Query('order')
  async order(@CurrentCaller() caller: Caller, @Args('id') id: string) {
    const [order] = await this.queries.byIds([id], visibility(caller));
    return order ?? null;
  }

  @Query('orderByIdempotencyKey')
  async orderByIdempotencyKey(@CurrentCaller() { customerId }: Caller, @Args('idempotencyKey') key: string) {
    // No order has such a key, and some, such as one with a NUL, are not valid text in PostgreSQL.
    if (!IDEMPOTENCY_KEY.test(key)) return null;
    return (await this.queries.byIdempotencyKey(customerId, key)) ?? null;
  }

  @Query('orders')
  async orders(
    @CurrentCaller() caller: Caller,
    @Args() { status, ...args }: PageArguments & { status?: OrderStatus[] | null },
  ) {
    // A client may repeat a status ten thousand times.
    const statuses = status == null ? undefined : [...new Set(status)];
    const filter = { visibleTo: visibility(caller), statuses };
    return page(
      {
        name: 'order',
        isKey: (key) => UUID.test(key),
        keyOf: (order: Order) => order.id,
        read: (limit, afterId) => this.queries.list({ ...filter, limit, afterId }),
        count: () => this.queries.count(filter),
      },
      args,
    );
  }

  @ResolveField('items')
  async items(@Parent() order: Order): Promise<OrderItem[]> {
    return this.loaders.items.load(order);
  }

  @ResolveField('discrepancies')
  async discrepancies(@Parent() { id }: Order): Promise<PaymentDiscrepancy[]> {
    return this.loaders.discrepancies.load(id);
  }

  @ResolveField('events')
  async events(
    @Parent() { id: orderId }: Order,
    @Args('afterVersion') afterVersion: number | null,
    @Context() context: GraphQLContext,
    @Info() { operation }: GraphQLResolveInfo,
  ): Promise<OrderEvent[]> {
    const after = afterVersion ?? 0;
    // A mutation is done by now: an error would look as if it had been refused.
    if (after < 0 && operation.operation !== OperationTypeNode.MUTATION)
      throw badUserInput([{ field: 'afterVersion', message: 'must be at least 0' }]);
    const events = await this.loaders.events.load({ orderId, afterVersion: after });
    // An outage of the gateway leaves more events than the operation's cost includes.
    if (events.length > EXPECTED_EVENTS) this.limits.consumeMore(context, events.length - EXPECTED_EVENTS);
    return events;
  }
}
