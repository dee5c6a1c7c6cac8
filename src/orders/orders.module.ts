import { Module } from '@nestjs/common';
import { OutboxModule } from '../outbox/outbox.module.js';
import { CancelOrder } from './cancel-order.js';
import { OrderIntake } from './create/create-order.js';
import { OrderNews } from './order-change-notifier.js';
import { OrderQueries } from './order-queries.js';
import { OrderTransitions } from './transition-order.js';

@Module({
  imports: [OutboxModule],
  providers: [CancelOrder, OrderIntake, OrderNews, OrderQueries, OrderTransitions],
  exports: [CancelOrder, OrderIntake, OrderNews, OrderQueries, OrderTransitions],
})
export class OrdersModule {}
