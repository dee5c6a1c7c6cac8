import { Injectable } from '@nestjs/common';
import { waitsForCustomer } from '../orders/lifecycle.js';
import type { Order } from '../orders/order.js';
import { OrderQueries, type Visibility } from '../orders/order-queries.js';
import { RelayWakeUp } from '../outbox/relay-wake-up.js';
import { Database } from '../platform/database/database.js';
import { lookAtAction } from './customer-action.js';

/** The customer says that the payment is authenticated. Nothing of that is believed: the gateway is asked. */
@Injectable()
export class CompletePaymentAction {
  constructor(
    private readonly database: Database,
    private readonly queries: OrderQueries,
    private readonly relayWakeUp: RelayWakeUp,
  ) {}

  /** @returns the order; undefined where the caller has no such order @throws what the database throws */
  async run(orderId: string, visibleTo: Visibility): Promise<Order | undefined> {
    const [order] = await this.queries.byIds([orderId], visibleTo);
    if (
      order !== undefined &&
      waitsForCustomer(order.status) &&
      (await lookAtAction(this.database, order.id))
    )
      this.relayWakeUp.wake();
    return order;
  }
}
