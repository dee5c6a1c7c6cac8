import { Inject } from '@nestjs/common';
import { Parent, ResolveField } from '@nestjs/graphql';
import type { Caller } from '../../auth/caller.js';
import type { Config } from '../../config/config.js';
import { CONFIG } from '../../config/token.js';
import { canBeCancelled, taskIn, waitsForCustomer } from '../../orders/lifecycle.js';
import type { Order } from '../../orders/order.js';
import type { OrderDelay } from '../../orders/order-delays.js';
import { isPayable } from '../../orders/pay-again/payable.js';
import type { PaymentAction } from '../../payments/payment-actions.js';
import { CurrentCaller } from '../context.js';
import { ApiResolver } from './api-resolver.js';
import { OrderLoaders } from './order-loaders.js';

/** What keeps an order where it is, and what its customer can do. */
@ApiResolver('Order')
export class OrderProgressResolver {
  constructor(
    private readonly loaders: OrderLoaders,
    @Inject(CONFIG) private readonly config: Pick<Config, 'payment'>,
  ) {}

  /** Never for operators, even of their own orders: their subscriptions share the text of an event. */
  @ResolveField('paymentAction')
  async paymentAction(
    @Parent() { id, status, customerId }: Order,
    @CurrentCaller() caller: Caller,
  ): Promise<PaymentAction | null> {
    if (!waitsForCustomer(status) || caller.operator || caller.customerId !== customerId) return null;
    return this.loaders.paymentAction.load(id);
  }

  @ResolveField('delay')
  async delay(@Parent() { id, status }: Order): Promise<OrderDelay | null> {
    return taskIn(status) === undefined ? null : this.loaders.delay.load(id);
  }

  @ResolveField('payable')
  payable(@Parent() order: Order): boolean {
    return isPayable(order, this.config.payment, new Date());
  }

  @ResolveField('cancellable')
  cancellable(@Parent() { status }: Order): boolean {
    return canBeCancelled(status);
  }
}
