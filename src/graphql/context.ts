import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { GqlExecutionContext } from '@nestjs/graphql';
import type { Caller } from '../auth/caller.js';
import type { Visibility } from '../orders/order-queries.js';
import type { Actor } from '../orders/transition-order.js';
import type { SocketEventSink } from '../subscriptions/event-sink.js';

/** What each GraphQL operation carries, over HTTP and WebSocket alike. */
export interface GraphQLContext {
  /** Undefined without a good token. */
  readonly caller: Caller | undefined;
  /** The client's IP address. */
  readonly address: string;
  /** A subscription's events go here. */
  readonly subscriber?: SocketEventSink;
}

/** The authenticated caller; the access rules let nobody else come so far. */
export const CurrentCaller = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const { caller } = GqlExecutionContext.create(context).getContext<GraphQLContext>();
  if (caller === undefined) throw new Error('a field without an access rule asks for its caller');
  return caller;
});

/** Where the events of the subscription go. */
export const CurrentEventSink = createParamDecorator(
  (_: unknown, context: ExecutionContext): SocketEventSink => {
    const { subscriber } = GqlExecutionContext.create(context).getContext<GraphQLContext>();
    if (subscriber === undefined) throw new Error('a subscription comes over no WebSocket');
    return subscriber;
  },
);

/** How an order's history names who calls. */
export function actorOf({ customerId, operator }: Caller): Actor {
  return operator ? `operator:${customerId}` : 'customer';
}

/** Customers see their own orders, operators all. */
export function visibility(caller: Caller): Visibility {
  return caller.operator ? 'all' : { customerId: caller.customerId };
}
