import { Module } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/token.js';
import { Database } from '../platform/database/database.js';
import { buildPreparePayment } from './build-tasks.js';
import { GATEWAY_BOOKS, type GatewayBooks } from './gateway-books.js';
import { PAYMENT_GATEWAY, type PaymentGateway } from './payment-gateway.js';
import { PreparePayment } from './prepare-payment.js';
import { HistoryMemory } from './rewind/history-memory.js';
import { RewindCheck } from './rewind/rewind-check.js';
import { RewindGuard } from './rewind/rewind-guard.js';
import { StripeBooks } from './stripe/stripe-books.js';
import { StripeGateway } from './stripe/stripe-gateway.js';

/** The gateway for API and relay. The worker has its own, behind a circuit breaker. */
@Module({
  providers: [
    {
      provide: PAYMENT_GATEWAY,
      useFactory: ({ payment }: Config) => new StripeGateway(payment),
      inject: [CONFIG],
    },
    {
      provide: GATEWAY_BOOKS,
      useFactory: ({ payment }: Config) => new StripeBooks(payment),
      inject: [CONFIG],
    },
    {
      provide: PreparePayment,
      useFactory: (
        database: Database,
        gateway: PaymentGateway,
        books: GatewayBooks,
        rewinds: RewindGuard,
        config: Config,
      ) => buildPreparePayment({ database, gateway, books, config, rewinds }),
      inject: [Database, PAYMENT_GATEWAY, GATEWAY_BOOKS, RewindGuard, CONFIG],
    },
    HistoryMemory,
    RewindCheck,
    RewindGuard,
  ],
  exports: [PAYMENT_GATEWAY, GATEWAY_BOOKS, PreparePayment, RewindCheck],
})
export class PaymentsModule {}
