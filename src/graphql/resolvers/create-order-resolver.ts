import { Args, Context, Mutation } from '@nestjs/graphql';
import type { Caller } from '../../auth/caller.js';
import { CreateOrder } from '../../orders/create/create-order.js';
import type { CreateOrderOutcome } from '../../orders/create/create-order-outcome.js';
import { CurrentCaller, type GraphQLContext } from '../context.js';
import { ApiResolver } from './api-resolver.js';
import { badUserInput, serviceUnavailable, tooManyDeclines } from '../errors/errors.js';
import { CreateOrderInput } from '../inputs/create-order-input.js';
import { InputPipe } from '../inputs/input-pipe.js';
import { MUTATION_COST, REPLAY_COST } from '../limits/field-cost.js';
import { OperationLimits } from '../limits/operation-limits.js';

@ApiResolver()
export class CreateOrderResolver {
  constructor(
    private readonly orders: CreateOrder,
    private readonly limits: OperationLimits,
  ) {}

  @Mutation()
  async createOrder(
    @CurrentCaller() { customerId }: Caller,
    @Args('input', InputPipe) input: CreateOrderInput,
    @Context() context: GraphQLContext,
  ) {
    const { idempotencyKey, items, paymentMethod, expectedTotal = null } = input;
    const order = { customerId, idempotencyKey, items, paymentMethod, expectedTotal };
    const outcome = await this.orders.create(order);
    // So that a client's retries leave it enough points for new orders.
    if (outcome.kind === 'replayed' || outcome.kind === 'key-reused') {
      this.limits.refund(context, MUTATION_COST - REPLAY_COST);
    }
    return toResult(outcome);
  }
}

function toResult(outcome: CreateOrderOutcome) {
  switch (outcome.kind) {
    case 'created':
    case 'replayed':
      return {
        __typename: 'CreateOrderSuccess',
        order: outcome.order,
        replayed: outcome.kind === 'replayed',
      };
    case 'key-reused':
      return {
        __typename: 'IdempotencyKeyReused',
        code: 'IDEMPOTENCY_KEY_REUSED',
        message: 'This idempotency key belongs to an order with other input. Use a new key for a new order.',
      };
    case 'unknown-fingerprint-version':
      // During a deploy or after a rollback: a process of the newer release can answer.
      throw serviceUnavailable();
    case 'too-many-declines':
      throw tooManyDeclines(outcome.retryAfterMs);
    case 'product-unavailable':
      return {
        __typename: 'ProductUnavailable',
        code: 'PRODUCT_UNAVAILABLE',
        message: `These products can't be ordered: ${outcome.skus.join(', ')}.`,
        skus: outcome.skus,
      };
    case 'price-changed':
      return {
        __typename: 'PriceChanged',
        code: 'PRICE_CHANGED',
        message: `The total is ${outcome.total.amount} ${outcome.total.currency} in minor units, not the expected one.`,
        total: outcome.total,
      };
    case 'mixed-currencies':
      throw badUserInput([
        {
          field: 'items',
          message: `must all have the same currency, not ${outcome.currencies.join(' and ')}`,
        },
      ]);
    case 'total-too-large':
      throw badUserInput([
        {
          field: 'items',
          message: `must not add up to more than ${outcome.maxTotal.amount} ${outcome.maxTotal.currency} in minor units`,
        },
      ]);
  }
}
