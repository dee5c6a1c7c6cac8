import { type DynamicModule, Module } from '@nestjs/common';
import { GraphQLModule } from '@nestjs/graphql';
import { CallerGuard } from '../api/caller-guard.js';
import { CreateOrderResolver } from '../api/create-order-resolver.js';
import { DateTimeScalar } from '../api/date-time-scalar.js';
import { graphqlOptions } from '../api/graphql-options.js';
import { OrderEventsResolver } from '../api/order-events-resolver.js';
import { OrderLoaders } from '../api/order-loaders.js';
import { OrdersResolver } from '../api/orders-resolver.js';
import { ProductsResolver } from '../api/products-resolver.js';
import { SubscriptionServer } from '../api/subscription-server.js';
import { Authenticator } from '../auth/authenticator.js';
import { Products } from '../catalog/products.js';
import type { Config } from '../config.js';
import { OrderFeed } from '../live/order-feed.js';
import { OrdersModule } from '../orders/orders.module.js';
import { PlaygroundModule } from '../playground/playground.module.js';

/** Takes orders in, answers queries, and sends live events. Works without Redis. */
@Module({})
export class ApiModule {
  static register(config: Config): DynamicModule {
    return {
      module: ApiModule,
      imports: [
        OrdersModule,
        GraphQLModule.forRoot(graphqlOptions(config)),
        ...(config.graphql.playground ? [PlaygroundModule] : []),
      ],
      providers: [
        Authenticator,
        CallerGuard,
        Products,
        OrderFeed,
        OrderLoaders,
        DateTimeScalar,
        CreateOrderResolver,
        OrdersResolver,
        OrderEventsResolver,
        ProductsResolver,
        SubscriptionServer,
      ],
    };
  }
}
