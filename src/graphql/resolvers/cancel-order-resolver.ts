import { Args, Mutation } from '@nestjs/graphql';
import type { Caller } from '../../auth/caller.js';
import { CancelOrder, type CancelOrderOutcome } from '../../orders/cancel-order.js';
import { actorOf, CurrentCaller, visibility } from '../context.js';
import { ApiResolver } from './api-resolver.js';
import { CancelOrderInput } from '../inputs/cancel-order-input.js';
import { InputPipe } from '../inputs/input-pipe.js';

@ApiResolver()
export class CancelOrderResolver {
  constructor(private readonly cancellation: CancelOrder) {}

  @Mutation()
  async cancelOrder(
    @CurrentCaller() caller: Caller,
    @Args('input', InputPipe) { orderId, reason = null }: CancelOrderInput,
  ) {
    const { customerId: by } = caller;
    const request = { orderId, visibleTo: visibility(caller), by, actor: actorOf(caller), reason };
    return toResult(await this.cancellation.run(request));
  }
}

function toResult(outcome: CancelOrderOutcome) {
  switch (outcome.kind) {
    case 'accepted':
      return { __typename: 'CancelOrderSuccess', order: outcome.order };
    case 'not-found':
      return { __typename: 'OrderNotFound', code: 'ORDER_NOT_FOUND', message: 'There is no such order.' };
    case 'not-cancellable':
      return {
        __typename: 'OrderNotCancellable',
        code: 'ORDER_NOT_CANCELLABLE',
        message: 'The payment has failed, so there is nothing to cancel.',
        status: outcome.status,
      };
  }
}
