import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { GqlExecutionContext } from '@nestjs/graphql';
import type { Caller } from '../auth/caller.js';
import type { Visibility } from '../orders/order-queries.js';

/** What each GraphQL operation carries, over HTTP and WebSocket alike. */
export interface GraphQLContext {
  /** As the client sent it: `Bearer <JWT>`. */
  readonly authorization: unknown;
  /** Set by CallerGuard, once for each operation. */
  identity?: Promise<Caller | undefined>;
}

/** The authenticated caller; only behind CallerGuard. */
export const CurrentCaller = createParamDecorator(
  async (_: unknown, context: ExecutionContext): Promise<Caller> => {
    const caller = await GqlExecutionContext.create(context).getContext<GraphQLContext>().identity;
    if (caller === undefined) throw new Error('CurrentCaller was used without CallerGuard');
    return caller;
  },
);

/** Customers see their own orders, operators all. */
export function visibility(caller: Caller): Visibility {
  return caller.operator ? 'all' : { customerId: caller.customerId };
}
