import { Module } from '@nestjs/common';
import { OutboxModule } from '../outbox/outbox.module.js';
import { CancelOrder } from './cancel-order.js';
import { OrderIntake } from './order-intake.js';
import { OrderNews } from './order-news.js';
import { OrderQueries } from './order-queries.js';
import { OrderTransitions } from './transition-order.js';

@Module({
  imports: [OutboxModule],
  providers: [CancelOrder, OrderIntake, OrderNews, OrderQueries, OrderTransitions],
  exports: [CancelOrder, OrderIntake, OrderNews, OrderQueries, OrderTransitions],
})
export class OrdersModule {}
