import { Module } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/token.js';
import { PAYMENT_GATEWAY } from './payment-gateway.js';
import { StripeGateway } from './stripe/stripe-gateway.js';

/** The gateway for the API. The worker has its own, behind a circuit breaker. */
@Module({
  providers: [
    {
      provide: PAYMENT_GATEWAY,
      useFactory: ({ payment }: Config) => new StripeGateway(payment),
      inject: [CONFIG],
    },
  ],
  exports: [PAYMENT_GATEWAY],
})
export class PaymentsModule {}
