import { Module } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { Quarantine } from '../dead-letters/quarantine.js';
import { OrdersModule } from '../orders/orders.module.js';
import { OrderTransitions } from '../orders/transition-order.js';
import type { MessageKind } from '../outbox/message.js';
import { buildChargeOrder, buildRefundOrder, type TaskParts } from '../payments/build-tasks.js';
import { ChargeOrder } from '../payments/charge-order.js';
import { CircuitBreakers } from '../payments/circuit-breaker/circuit-breakers.js';
import { observed } from '../payments/circuit-breaker/observed-gateway.js';
import { GATEWAY_BOOKS } from '../payments/gateway-books.js';
import { RefundOrder } from '../payments/refund-order.js';
import { HistoryMemory } from '../payments/rewind/history-memory.js';
import { RewindCheck } from '../payments/rewind/rewind-check.js';
import { RewindGuard } from '../payments/rewind/rewind-guard.js';
import { StripeBooks } from '../payments/stripe/stripe-books.js';
import { StripeGateway } from '../payments/stripe/stripe-gateway.js';
import { TASKS } from '../payments/task.js';
import { CONFIG } from '../config/token.js';
import { Database } from '../platform/database/database.js';
import { JobHandler } from '../queue/job-handler.js';
import { PaymentWorker } from '../queue/payment-worker.js';

type Dependencies = [
  Database,
  OrderTransitions,
  CircuitBreakers,
  StripeGateway,
  StripeBooks,
  RewindGuard,
  Config,
];
const DEPENDENCIES = [
  Database,
  OrderTransitions,
  CircuitBreakers,
  StripeGateway,
  StripeBooks,
  RewindGuard,
  CONFIG,
];

/** Charges and refunds have a circuit breaker each. */
function taskParts(
  kind: MessageKind,
  [database, transitions, breakers, stripe, books, rewinds, config]: Dependencies,
): TaskParts {
  const gateway = observed(stripe, breakers.of(kind));
  return { database, transitions, gateway, books, rewinds, config };
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
      provide: StripeBooks,
      useFactory: ({ payment }: Config) => new StripeBooks(payment),
      inject: [CONFIG],
    },
    { provide: GATEWAY_BOOKS, useExisting: StripeBooks },
    HistoryMemory,
    RewindCheck,
    RewindGuard,
    {
      provide: ChargeOrder,
      useFactory: (...parts: Dependencies) => buildChargeOrder(taskParts(TASKS.CHARGE.messageKind, parts)),
      inject: DEPENDENCIES,
    },
    {
      provide: RefundOrder,
      useFactory: (...parts: Dependencies) => buildRefundOrder(taskParts(TASKS.REFUND.messageKind, parts)),
      inject: DEPENDENCIES,
    },
  ],
})
export class WorkerModule {}
