import { BullModule, getQueueToken } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import type { Queue } from 'bullmq';
import type { Config } from '../config/config.js';
import { Quarantine } from '../dead-letters/quarantine.js';
import { OrdersModule } from '../orders/orders.module.js';
import { OutboxModule } from '../outbox/outbox.module.js';
import { CONFIG } from '../config/token.js';
import { failFast, RedisConnections } from '../platform/redis/redis.js';
import { CHARGE_ORDER, REFUND_ORDER } from '../outbox/message.js';
import { PaymentsModule } from '../payments/payments.module.js';
import { RewindLoop } from '../payments/rewind/rewind-loop.js';
import { BooksMetrics } from '../payments/reconcile/books-metrics.js';
import { BooksStatus } from '../payments/reconcile/books-status.js';
import { ReconcileSchedule } from '../payments/reconcile/reconcile-schedule.js';
import { TASKS } from '../payments/task.js';
import type { PaymentJob } from '../queue/payment-queue.js';
import { PaymentQueues } from '../queue/payment-queues.js';
import { PurgeOutbox } from '../recovery/purge-outbox.js';
import { PurgePaymentDeclines } from '../recovery/purge-payment-declines.js';
import { PurgeWebhookEvents } from '../recovery/purge-webhook-events.js';
import { RecoverOrders } from '../recovery/recover-orders.js';
import { RecoverySchedule } from '../recovery/schedule.js';
import { QuarantineMessages } from '../recovery/quarantine-messages.js';
import { Relay } from '../outbox/relay.js';
import { RelayLoop } from '../outbox/relay-loop.js';

/** Moves work from PostgreSQL to Redis, and runs recovery and reconciliation. */
@Module({
  imports: [
    OrdersModule,
    OutboxModule,
    PaymentsModule,
    ScheduleModule.forRoot(),
    BullModule.forRootAsync({
      useFactory: (connections: RedisConnections, { redis }: Config) => ({
        prefix: redis.prefix,
        // Adding jobs must fail at once while Redis is down: the messages are safe in the outbox.
        connection: connections.open(failFast(redis.commandTimeoutMs)),
        // BullMQ reads Redis's version once, when the connection is ready. If that fails, which a connection that
        // fails fast allows, the queue is unusable for good. The connections of workers wait, so that theirs succeeds.
        skipVersionCheck: true,
      }),
      inject: [RedisConnections, CONFIG],
    }),
    BullModule.registerQueue(...Object.values(TASKS).map(({ queue: name }) => ({ name }))),
  ],
  providers: [
    {
      provide: PaymentQueues,
      useFactory: (charges: Queue<PaymentJob>, refunds: Queue<PaymentJob>) =>
        new PaymentQueues({ [CHARGE_ORDER]: charges, [REFUND_ORDER]: refunds }),
      inject: [getQueueToken(TASKS.CHARGE.queue), getQueueToken(TASKS.REFUND.queue)],
    },
    Relay,
    RelayLoop,
    RewindLoop,
    Quarantine,
    RecoverOrders,
    QuarantineMessages,
    PurgeOutbox,
    PurgeWebhookEvents,
    PurgePaymentDeclines,
    RecoverySchedule,
    BooksStatus,
    BooksMetrics,
    ReconcileSchedule,
  ],
})
export class RelayModule {}
