import { Module } from '@nestjs/common';
import type { Config } from '../config.js';
import { SetAside } from '../dead-letters/set-aside.js';
import { OrdersModule } from '../orders/orders.module.js';
import { ChargeOrder } from '../payments/charge-order.js';
import { CircuitBreaker } from '../payments/circuit-breaker.js';
import { FailedAttempts } from '../payments/failed-attempt.js';
import { observed } from '../payments/observed-gateway.js';
import { PAYMENT_GATEWAY } from '../payments/payment-gateway.js';
import { RefundOrder } from '../payments/refund-order.js';
import { StripeGateway } from '../payments/stripe-gateway.js';
import { CONFIG } from '../platform/config-token.js';
import { log } from '../platform/logger.js';
import { JobHandler } from '../queue/job-handler.js';
import { PaymentWorker } from '../queue/payment-worker.js';

/** Takes jobs from the queue: charges orders, and returns the money of cancelled ones. */
@Module({
  imports: [OrdersModule],
  providers: [
    ChargeOrder,
    RefundOrder,
    FailedAttempts,
    SetAside,
    JobHandler,
    PaymentWorker,
    {
      provide: CircuitBreaker,
      useFactory: ({ payment }: Config) =>
        new CircuitBreaker(
          { failures: payment.breakerFailures, pauseMs: payment.breakerPauseMs },
          (state) => {
            log.warn({ state }, 'payment gateway circuit breaker');
          },
        ),
      inject: [CONFIG],
    },
    {
      provide: PAYMENT_GATEWAY,
      useFactory: ({ payment }: Config, breaker: CircuitBreaker) =>
        observed(new StripeGateway(payment), breaker),
      inject: [CONFIG, CircuitBreaker],
    },
  ],
})
export class WorkerModule {}
