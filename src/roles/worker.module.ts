import { Module } from '@nestjs/common';
import type { Config } from '../config.js';
import { OrdersModule } from '../orders/orders.module.js';
import { ChargeOrder } from '../payments/charge-order.js';
import { PAYMENT_GATEWAY } from '../payments/payment-gateway.js';
import { StripeGateway } from '../payments/stripe-gateway.js';
import { CONFIG } from '../platform/config-token.js';
import { PaymentWorker } from '../queue/payment-worker.js';

/** Takes jobs from the queue and charges orders. */
@Module({
  imports: [OrdersModule],
  providers: [
    ChargeOrder,
    PaymentWorker,
    {
      provide: PAYMENT_GATEWAY,
      useFactory: ({ payment }: Config) => new StripeGateway(payment),
      inject: [CONFIG],
    },
  ],
})
export class WorkerModule {}
