import { BullModule } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import type { Config } from '../config.js';
import { SetAside } from '../dead-letters/set-aside.js';
import { OrdersModule } from '../orders/orders.module.js';
import { OutboxModule } from '../outbox/outbox.module.js';
import { CONFIG } from '../platform/config-token.js';
import { failFast, RedisConnections } from '../platform/redis.js';
import { PAYMENT_QUEUE } from '../queue/payment-queue.js';
import { PurgeOutbox } from '../recovery/purge-outbox.js';
import { PurgePaymentDeclines } from '../recovery/purge-payment-declines.js';
import { PurgeWebhookEvents } from '../recovery/purge-webhook-events.js';
import { RecoverOrders } from '../recovery/recover-orders.js';
import { RecoverySchedule } from '../recovery/recovery-schedule.js';
import { SetAsidePoison } from '../recovery/set-aside-poison.js';
import { Relay } from '../relay/relay.js';
import { RelayLoop } from '../relay/relay-loop.js';

/** Moves work from PostgreSQL to Redis, and recovers what got stuck. */
@Module({
  imports: [
    OrdersModule,
    OutboxModule,
    ScheduleModule.forRoot(),
    BullModule.registerQueueAsync({
      name: PAYMENT_QUEUE,
      useFactory: (connections: RedisConnections, { redis }: Config) => ({
        prefix: redis.prefix,
        // Adding jobs fails at once while Redis is away: the messages are safe in the outbox.
        connection: connections.open(failFast(redis.commandTimeoutMs)),
        // BullMQ asks for the version once, when the connection gets ready; if that fails, and here it may
        // fail fast, the queue is useless for good. The workers' connections wait for the answer.
        skipVersionCheck: true,
      }),
      inject: [RedisConnections, CONFIG],
    }),
  ],
  providers: [
    Relay,
    RelayLoop,
    SetAside,
    RecoverOrders,
    SetAsidePoison,
    PurgeOutbox,
    PurgeWebhookEvents,
    PurgePaymentDeclines,
    RecoverySchedule,
  ],
})
export class RelayModule {}
