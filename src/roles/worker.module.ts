import { Module } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { Quarantine } from '../dead-letters/quarantine.js';
import { OrdersModule } from '../orders/orders.module.js';
import { OrderTransitions } from '../orders/transition-order.js';
import type { MessageKind } from '../outbox/message.js';
import { ChargeOrder } from '../payments/charge-order.js';
import { CircuitBreakers } from '../payments/circuit-breaker/circuit-breakers.js';
import { RetryPolicy } from '../payments/retry-policy.js';
import { observed } from '../payments/circuit-breaker/observed-gateway.js';
import { RefundOrder } from '../payments/refund-order.js';
import { RunTask } from '../payments/run-task.js';
import { StripeGateway } from '../payments/stripe/stripe-gateway.js';
import { TASKS } from '../payments/task.js';
import { CONFIG } from '../config/token.js';
import { Database } from '../platform/database/database.js';
import { JobHandler } from '../queue/job-handler.js';
import { PaymentWorker } from '../queue/payment-worker.js';

type Parts = [Database, OrderTransitions, CircuitBreakers, StripeGateway, Config];
const PARTS = [Database, OrderTransitions, CircuitBreakers, StripeGateway, CONFIG];

/** What charge and refund are made of; each tells its own circuit breaker how the gateway answers it. */
function workParts(kind: MessageKind, [database, transitions, breakers, stripe, config]: Parts) {
  const gateway = observed(stripe, breakers.of(kind));
  const retryPolicy = new RetryPolicy(transitions, gateway, config);
  const runTask = new RunTask(database, transitions, retryPolicy, config);
  return [database, transitions, retryPolicy, gateway, runTask] as const;
}

/** Takes jobs from the queues: charges orders, and returns the money of cancelled ones. */
@Module({
  imports: [OrdersModule],
  providers: [
    Quarantine,
    JobHandler,
    PaymentWorker,
    {
      provide: CircuitBreakers,
      useFactory: ({ payment }: Config) => new CircuitBreakers(payment),
      inject: [CONFIG],
    },
    {
      provide: StripeGateway,
      useFactory: ({ payment }: Config) => new StripeGateway(payment),
      inject: [CONFIG],
    },
    {
      provide: ChargeOrder,
      useFactory: (...parts: Parts) => new ChargeOrder(...workParts(TASKS.CHARGE.messageKind, parts)),
      inject: PARTS,
    },
    {
      provide: RefundOrder,
      useFactory: (...parts: Parts) =>
        new RefundOrder(...workParts(TASKS.REFUND.messageKind, parts), parts[4]),
      inject: PARTS,
    },
  ],
})
export class WorkerModule {}
