import { Module } from '@nestjs/common';
import { OutboxModule } from '../outbox/outbox.module.js';
import { CancelOrder } from './cancel-order.js';
import { CreateOrder } from './create/create-order.js';
import { OrderChangeNotifier } from './order-change-notifier.js';
import { OrderQueries } from './order-queries.js';
import { PayOrder } from './pay-again/pay-order.js';
import { OrderTransitions } from './transition-order.js';

@Module({
  imports: [OutboxModule],
  providers: [CancelOrder, CreateOrder, OrderChangeNotifier, OrderQueries, OrderTransitions, PayOrder],
  exports: [CancelOrder, CreateOrder, OrderChangeNotifier, OrderQueries, OrderTransitions, PayOrder],
})
export class OrdersModule {}
