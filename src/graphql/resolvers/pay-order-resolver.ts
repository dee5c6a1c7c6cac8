import { Args, Context, Mutation } from '@nestjs/graphql';
import type { Caller } from '../../auth/caller.js';
import { PayOrder, type PayOrderOutcome } from '../../orders/pay-again/pay-order.js';
import { actorOf, CurrentCaller, type GraphQLContext, visibility } from '../context.js';
import { tooManyDeclines } from '../errors/errors.js';
import { InputPipe } from '../inputs/input-pipe.js';
import { PayOrderInput } from '../inputs/pay-order-input.js';
import { MUTATION_COST, REPLAY_COST } from '../limits/field-cost.js';
import { OperationLimits } from '../limits/operation-limits.js';
import { ApiResolver } from './api-resolver.js';

@ApiResolver()
export class PayOrderResolver {
  constructor(
    private readonly payOrders: PayOrder,
    private readonly limits: OperationLimits,
  ) {}

  @Mutation()
  async payOrder(
    @CurrentCaller() caller: Caller,
    @Args('input', InputPipe) { orderId, idempotencyKey, paymentMethod }: PayOrderInput,
    @Context() context: GraphQLContext,
  ) {
    const request = { customerId: caller.customerId, orderId, idempotencyKey, paymentMethod };
    const call = { ...request, visibleTo: visibility(caller), actor: actorOf(caller) };
    const outcome = await this.payOrders.run(call);
    // So that a client's retries leave it enough points for other work.
    if (outcome.kind === 'replayed' || outcome.kind === 'key-reused')
      this.limits.refund(context, MUTATION_COST - REPLAY_COST);
    return toResult(outcome);
  }
}

function toResult(outcome: PayOrderOutcome) {
  switch (outcome.kind) {
    case 'requested':
    case 'replayed':
      return { __typename: 'PayOrderSuccess', order: outcome.order, replayed: outcome.kind === 'replayed' };
    case 'not-found':
      return { __typename: 'OrderNotFound', code: 'ORDER_NOT_FOUND', message: 'There is no such order.' };
    case 'key-reused':
      return {
        __typename: 'IdempotencyKeyReused',
        code: 'IDEMPOTENCY_KEY_REUSED',
        message: 'This idempotency key belongs to another payment. Use a new key to pay again.',
      };
    case 'not-payable':
      return {
        __typename: 'OrderNotPayable',
        code: 'ORDER_NOT_PAYABLE',
        message: 'The payment of this order has not failed, or it is too late to pay it again.',
        status: outcome.status,
      };
    case 'too-many-declines':
      throw tooManyDeclines(outcome.retryAfterMs);
  }
}
