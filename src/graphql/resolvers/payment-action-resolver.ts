import { Args, Mutation } from '@nestjs/graphql';
import type { Caller } from '../../auth/caller.js';
import { CompletePaymentAction } from '../../payments/complete-payment-action.js';
import { CurrentCaller, visibility } from '../context.js';
import { ApiResolver } from './api-resolver.js';

@ApiResolver()
export class PaymentActionResolver {
  constructor(private readonly completion: CompletePaymentAction) {}

  @Mutation()
  async completePaymentAction(@CurrentCaller() caller: Caller, @Args('orderId') orderId: string) {
    const order = await this.completion.run(orderId, visibility(caller));
    return order === undefined
      ? { __typename: 'OrderNotFound', code: 'ORDER_NOT_FOUND', message: 'There is no such order.' }
      : { __typename: 'CompletePaymentActionSuccess', order };
  }
}
