import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { type DynamicModule, Module } from '@nestjs/common';
import { GraphQLModule } from '@nestjs/graphql';
import { AccessModule } from '../graphql/access.module.js';
import { LoadShedder } from '../graphql/limits/load-shedder.js';
import { AuditLogResolver } from '../graphql/resolvers/audit-log-resolver.js';
import { CancelOrderResolver } from '../graphql/resolvers/cancel-order-resolver.js';
import { CreateOrderResolver } from '../graphql/resolvers/create-order-resolver.js';
import { DateTimeScalar } from '../graphql/resolvers/date-time-scalar.js';
import { DeadLettersResolver } from '../graphql/resolvers/dead-letters-resolver.js';
import { graphqlOptions } from '../graphql/graphql-options.js';
import { OperationLimits } from '../graphql/limits/operation-limits.js';
import { OrderEventsResolver } from '../graphql/resolvers/order-events-resolver.js';
import { OrderLoaders } from '../graphql/resolvers/order-loaders.js';
import { OrderProgressResolver } from '../graphql/resolvers/order-progress-resolver.js';
import { OrdersResolver } from '../graphql/resolvers/orders-resolver.js';
import { PayOrderResolver } from '../graphql/resolvers/pay-order-resolver.js';
import { PaymentActionResolver } from '../graphql/resolvers/payment-action-resolver.js';
import { ProductsResolver } from '../graphql/resolvers/products-resolver.js';
import { StripeWebhookRoute } from '../payments/stripe/webhook-route.js';
import { SubscriptionServer } from '../subscriptions/subscription-server.js';
import { PaymentDiscrepanciesResolver } from '../graphql/resolvers/payment-discrepancies-resolver.js';
import { SystemStatus } from '../graphql/resolvers/system-status.js';
import { SystemStatusResolver } from '../graphql/resolvers/system-status-resolver.js';
import { AuditLog } from '../audit/audit-log.js';
import { ValidDocuments } from '../graphql/limits/valid-documents.js';
import { Authenticator } from '../auth/authenticator.js';
import { Products } from '../catalog/products.js';
import type { Config } from '../config/config.js';
import { DeadLetterQueries } from '../dead-letters/dead-letter-queries.js';
import { DiscardCheck } from '../dead-letters/discard-check.js';
import { DeadLetterCommands } from '../dead-letters/dead-letter-commands.js';
import { OrderFeed } from '../subscriptions/order-feed.js';
import { OrderTransitions } from '../orders/transition-order.js';
import { Database } from '../platform/database/database.js';
import { OrdersModule } from '../orders/orders.module.js';
import { OutboxModule } from '../outbox/outbox.module.js';
import { PaymentsModule } from '../payments/payments.module.js';
import { CompletePaymentAction } from '../payments/complete-payment-action.js';
import { GATEWAY_BOOKS } from '../payments/gateway-books.js';
import { PAYMENT_GATEWAY } from '../payments/payment-gateway.js';
import { AcceptDiscrepancy } from '../payments/reconcile/accept-discrepancy.js';
import { BooksStatus } from '../payments/reconcile/books-status.js';
import { DiscrepancyQueries } from '../payments/reconcile/discrepancy-queries.js';
import { RefundDiscrepancy } from '../payments/reconcile/refund-discrepancy.js';
import { ResolveDiscrepancy } from '../payments/reconcile/resolve-discrepancy.js';
import { WebhookEvents } from '../payments/stripe/webhook-events.js';
import { CONFIG } from '../config/token.js';
import { PlaygroundModule } from '../http/playground/playground.module.js';
import { Backlog } from '../queue/backlog.js';

/** Serves GraphQL, subscriptions and webhooks. Works without Redis. */
@Module({})
export class ApiModule {
  static register(config: Config): DynamicModule {
    return {
      module: ApiModule,
      imports: [
        OrdersModule,
        OutboxModule,
        PaymentsModule,
        AccessModule,
        GraphQLModule.forRootAsync<ApolloDriverConfig>({
          driver: ApolloDriver,
          imports: [AccessModule],
          inject: [CONFIG, Authenticator, OperationLimits, ValidDocuments],
          useFactory: graphqlOptions,
        }),
        ...(config.graphql.playground ? [PlaygroundModule] : []),
      ],
      providers: [
        LoadShedder,
        AuditLog,
        Products,
        OrderFeed,
        Backlog,
        DeadLetterQueries,
        DiscardCheck,
        DeadLetterCommands,
        DiscrepancyQueries,
        {
          provide: RefundDiscrepancy,
          useFactory: (...parts: ConstructorParameters<typeof RefundDiscrepancy>) =>
            new RefundDiscrepancy(...parts),
          inject: [Database, PAYMENT_GATEWAY, GATEWAY_BOOKS, OrderTransitions],
        },
        AcceptDiscrepancy,
        ResolveDiscrepancy,
        BooksStatus,
        SystemStatus,
        OrderLoaders,
        DateTimeScalar,
        CreateOrderResolver,
        OrdersResolver,
        OrderProgressResolver,
        PayOrderResolver,
        CompletePaymentAction,
        PaymentActionResolver,
        OrderEventsResolver,
        ProductsResolver,
        CancelOrderResolver,
        DeadLettersResolver,
        PaymentDiscrepanciesResolver,
        AuditLogResolver,
        SystemStatusResolver,
        SubscriptionServer,
        WebhookEvents,
        StripeWebhookRoute,
      ],
    };
  }
}
