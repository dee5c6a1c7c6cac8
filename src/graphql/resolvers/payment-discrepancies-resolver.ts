import { Args, Mutation, Parent, Query, ResolveField } from '@nestjs/graphql';
import type { Caller } from '../../auth/caller.js';
import type { Order } from '../../orders/order.js';
import type { DiscrepancyState } from '../../payments/reconcile/discrepancy.js';
import { DiscrepancyQueries, type PaymentDiscrepancy } from '../../payments/reconcile/discrepancy-queries.js';
import { ResolveDiscrepancy, type ResolveOutcome } from '../../payments/reconcile/resolve-discrepancy.js';
import { UUID } from '../../platform/uuid.js';
import { CurrentCaller } from '../context.js';
import { InputPipe } from '../inputs/input-pipe.js';
import { ResolveDiscrepancyArguments } from '../inputs/resolve-discrepancy-arguments.js';
import { ApiResolver } from './api-resolver.js';
import { OrderLoaders } from './order-loaders.js';
import { page, type PageArguments } from './pagination.js';

@ApiResolver('PaymentDiscrepancy')
export class PaymentDiscrepanciesResolver {
  constructor(
    private readonly queries: DiscrepancyQueries,
    private readonly resolution: ResolveDiscrepancy,
    private readonly loaders: OrderLoaders,
  ) {}

  @Query('paymentDiscrepancies')
  async paymentDiscrepancies(@Args() { state, ...args }: PageArguments & { state: DiscrepancyState | null }) {
    return page(
      {
        name: 'payment-discrepancy',
        isKey: (key) => UUID.test(key),
        keyOf: ({ id }: PaymentDiscrepancy) => id,
        read: (limit, afterId) => this.queries.list({ state, limit, afterId }),
        count: () => this.queries.count(state),
      },
      args,
    );
  }

  @Mutation('resolvePaymentDiscrepancy')
  async resolve(
    @CurrentCaller() { customerId: by }: Caller,
    @Args(InputPipe) { id, action, reason }: ResolveDiscrepancyArguments,
  ) {
    return toResult(await this.resolution.run(action, { id, by, reason }));
  }

  @ResolveField('order')
  async order(@Parent() { orderId }: PaymentDiscrepancy): Promise<Order | null> {
    return orderId === null ? null : this.loaders.order.load(orderId);
  }
}

function toResult(outcome: ResolveOutcome) {
  switch (outcome.kind) {
    case 'decided':
      return { __typename: 'PaymentDiscrepancySuccess', discrepancy: outcome.discrepancy };
    case 'not-found':
      return {
        __typename: 'PaymentDiscrepancyNotFound',
        code: 'PAYMENT_DISCREPANCY_NOT_FOUND',
        message: 'There is no such payment discrepancy.',
      };
    case 'not-open':
      return {
        __typename: 'PaymentDiscrepancyNotOpen',
        code: 'PAYMENT_DISCREPANCY_NOT_OPEN',
        message: outcome.why,
      };
    case 'not-refundable':
      return {
        __typename: 'PaymentDiscrepancyNotRefundable',
        code: 'PAYMENT_DISCREPANCY_NOT_REFUNDABLE',
        message: outcome.why,
      };
  }
}
