import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { GqlExecutionContext } from '@nestjs/graphql';
import type { Caller } from '../auth/caller.js';
import type { Visibility } from '../orders/order-queries.js';
import type { Actor } from '../orders/transition.js';
import type { SocketEventSink } from '../subscriptions/socket-event-sink.js';

/** The context of a GraphQL operation, over HTTP and WebSocket. */
export interface GraphQLContext {
  /** Undefined without a valid token. */
  readonly caller: Caller | undefined;
  /** The client's IP address. */
  readonly address: string;
  /** A subscription's events go here. */
  readonly eventSink?: SocketEventSink;
}

/** The authenticated caller. The access rules reject anyone else before the resolver runs. */
export const CurrentCaller = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const { caller } = GqlExecutionContext.create(context).getContext<GraphQLContext>();
  if (caller === undefined) throw new Error('CurrentCaller needs an access rule that requires a caller');
  return caller;
});

export const CurrentEventSink = createParamDecorator(
  (_: unknown, context: ExecutionContext): SocketEventSink => {
    const { eventSink } = GqlExecutionContext.create(context).getContext<GraphQLContext>();
    if (eventSink === undefined) throw new Error('CurrentEventSink needs a subscription over a WebSocket');
    return eventSink;
  },
);

/** The caller's name in an order's history. */
export function actorOf({ customerId, operator }: Caller): Actor {
  return operator ? `operator:${customerId}` : 'customer';
}

/** Customers see their own orders, operators see all. */
export function visibility(caller: Caller): Visibility {
  return caller.operator ? 'all' : { customerId: caller.customerId };
}
