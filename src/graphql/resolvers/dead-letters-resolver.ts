import { Args, Mutation, Parent, Query, ResolveField } from '@nestjs/graphql';
import type { Caller } from '../../auth/caller.js';
import { type DeadLetter, DeadLetterQueries } from '../../dead-letters/dead-letter-queries.js';
import {
  type DiscardOutcome,
  DeadLetterCommands,
  type SettleOutcome,
} from '../../dead-letters/dead-letter-commands.js';
import type { DeadLetterState } from '../../orders/dead-letter.js';
import type { Order } from '../../orders/order.js';
import { CurrentCaller } from '../context.js';
import { badUserInput } from '../errors/errors.js';
import { ApiResolver } from './api-resolver.js';
import { DecisionArguments } from '../inputs/decision-arguments.js';
import { InputPipe } from '../inputs/input-pipe.js';
import { OrderLoaders } from './order-loaders.js';
import { page, type PageArguments } from './pagination.js';
import { UUID } from '../../platform/uuid.js';

const DEFAULT_RETRIES = 100;
/** Each takes one to three round trips to the database; more would exceed the timeouts of clients. */
const MAX_RETRIES = 1_000;

@ApiResolver('DeadLetter')
export class DeadLettersResolver {
  constructor(
    private readonly queries: DeadLetterQueries,
    private readonly commands: DeadLetterCommands,
    private readonly loaders: OrderLoaders,
  ) {}

  @Query('deadLetters')
  async deadLetters(@Args() { state, ...args }: PageArguments & { state: DeadLetterState | null }) {
    return page(
      {
        name: 'dead-letter',
        isKey: (key) => UUID.test(key),
        keyOf: ({ id }: DeadLetter) => id,
        read: (limit, afterId) => this.queries.list({ state, limit, afterId }),
        count: () => this.queries.count(state),
      },
      args,
    );
  }

  @Mutation('retryDeadLetter')
  async retry(@CurrentCaller() { customerId: by }: Caller, @Args('id') id: string) {
    return toResult(await this.commands.retry(id, by));
  }

  @Mutation('retryAllDeadLetters')
  async retryAll(
    @CurrentCaller() { customerId: by }: Caller,
    @Args('limit') limit: number | null,
  ): Promise<number> {
    const maxCount = limit ?? DEFAULT_RETRIES;
    if (maxCount < 1 || maxCount > MAX_RETRIES) {
      throw badUserInput([{ field: 'limit', message: `must be from 1 to ${MAX_RETRIES}` }]);
    }
    return this.commands.retryAll(maxCount, by);
  }

  @Mutation('discardDeadLetter')
  async discard(
    @CurrentCaller() { customerId: by }: Caller,
    @Args(InputPipe) { id, reason }: DecisionArguments,
  ) {
    return toResult(await this.commands.discard({ id, by, reason }));
  }

  @Mutation('settleDeadLetterOutside')
  async settleOutside(
    @CurrentCaller() { customerId: by }: Caller,
    @Args(InputPipe) { id, reason }: DecisionArguments,
  ) {
    return toResult(await this.commands.settleOutside({ id, by, reason }));
  }

  @ResolveField('order')
  async order(@Parent() { orderId }: DeadLetter): Promise<Order> {
    return this.loaders.order.load(orderId);
  }
}

function toResult(outcome: DiscardOutcome | SettleOutcome) {
  switch (outcome.kind) {
    case 'settled':
      return { __typename: 'DeadLetterSuccess', deadLetter: outcome.deadLetter };
    case 'not-found':
      return {
        __typename: 'DeadLetterNotFound',
        code: 'DEAD_LETTER_NOT_FOUND',
        message: 'There is no such dead letter.',
      };
    case 'not-open':
      return {
        __typename: 'DeadLetterNotOpen',
        code: 'DEAD_LETTER_NOT_OPEN',
        message: `The dead letter is ${outcome.state} already.`,
        state: outcome.state,
      };
    case 'not-discardable':
      return {
        __typename: 'DeadLetterNotDiscardable',
        code: 'DEAD_LETTER_NOT_DISCARDABLE',
        message: outcome.why,
      };
    case 'not-settleable':
      return {
        __typename: 'DeadLetterNotSettleable',
        code: 'DEAD_LETTER_NOT_SETTLEABLE',
        message: outcome.why,
      };
  }
}
