import { Module } from '@nestjs/common';
import { OutboxModule } from '../outbox/outbox.module.js';
import { OrderIntake } from './order-intake.js';
import { OrderNews } from './order-news.js';
import { OrderQueries } from './order-queries.js';
import { OrderTransitions } from './transition-order.js';

@Module({
  imports: [OutboxModule],
  providers: [OrderIntake, OrderNews, OrderQueries, OrderTransitions],
  exports: [OrderIntake, OrderNews, OrderQueries, OrderTransitions],
})
export class OrdersModule {}
