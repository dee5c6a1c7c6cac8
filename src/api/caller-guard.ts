import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { GqlExecutionContext } from '@nestjs/graphql';
import { Authenticator } from '../auth/authenticator.js';
import type { GraphQLContext } from './context.js';
import { forbidden, unauthenticated } from './errors.js';

/** Marks a field that only operators may use. */
export const OperatorsOnly = Reflector.createDecorator<undefined, boolean>({ transform: () => true });

/** Lets nobody through without a good token, and only operators where the field says so. */
@Injectable()
export class CallerGuard implements CanActivate {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly reflector: Reflector,
  ) {}

  /** @throws UNAUTHENTICATED or FORBIDDEN, as GraphQL errors */
  async canActivate(execution: ExecutionContext): Promise<true> {
    const context = GqlExecutionContext.create(execution).getContext<GraphQLContext>();
    context.identity ??= this.authenticator.authenticate(context.authorization);
    const caller = await context.identity;
    if (caller === undefined) throw unauthenticated();
    const operatorsOnly = this.reflector.get(OperatorsOnly, execution.getHandler());
    if (operatorsOnly && !caller.operator) throw forbidden();
    return true;
  }
}
