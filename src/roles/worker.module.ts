import { Module } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { Quarantine } from '../dead-letters/quarantine.js';
import { OrdersModule } from '../orders/orders.module.js';
import { OrderTransitions } from '../orders/transition-order.js';
import type { MessageKind } from '../outbox/message.js';
import { ChargeOrder } from '../payments/charge-order.js';
import { CircuitBreakers } from '../payments/circuit-breaker/circuit-breakers.js';
import { observed } from '../payments/circuit-breaker/observed-gateway.js';
import { FailureHandler } from '../payments/failure-handler.js';
import { RefundOrder } from '../payments/refund-order.js';
import { RetryPolicy } from '../payments/retry-policy.js';
import { RunTask } from '../payments/run-task.js';
import { StripeGateway } from '../payments/stripe/stripe-gateway.js';
import { TASKS } from '../payments/task.js';
import { CONFIG } from '../config/token.js';
import { Database } from '../platform/database/database.js';
import { JobHandler } from '../queue/job-handler.js';
import { PaymentWorker } from '../queue/payment-worker.js';

type Dependencies = [Database, OrderTransitions, CircuitBreakers, StripeGateway, Config];
const DEPENDENCIES = [Database, OrderTransitions, CircuitBreakers, StripeGateway, CONFIG];

/** Constructor arguments shared by ChargeOrder and RefundOrder. Each has its own circuit breaker. */
function taskArguments(kind: MessageKind, [database, transitions, breakers, stripe, config]: Dependencies) {
  const gateway = observed(stripe, breakers.of(kind));
  const retryPolicy = new RetryPolicy(config.payment);
  const failures = new FailureHandler(transitions, gateway, retryPolicy);
  const runTask = new RunTask(database, transitions, retryPolicy, failures, config);
  return [database, transitions, failures, gateway, runTask] as const;
}

/** Processes jobs from the queues: charges orders and refunds cancelled ones. */
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
      useFactory: (...dependencies: Dependencies) =>
        new ChargeOrder(...taskArguments(TASKS.CHARGE.messageKind, dependencies)),
      inject: DEPENDENCIES,
    },
    {
      provide: RefundOrder,
      useFactory: (...dependencies: Dependencies) =>
        new RefundOrder(...taskArguments(TASKS.REFUND.messageKind, dependencies), dependencies[4]),
      inject: DEPENDENCIES,
    },
  ],
})
export class WorkerModule {}
