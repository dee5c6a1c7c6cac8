import { Inject, Injectable } from '@nestjs/common';
import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { Counter } from 'prom-client';
import type { Config } from '../../config/config.js';
import { networkOf } from '../../http/client-address.js';
import { CONFIG } from '../../config/token.js';
import { type Consumption, RateLimiter } from '../../platform/redis/rate-limiter.js';
import { failFast, RedisConnections } from '../../platform/redis/redis.js';
import type { GraphQLContext } from '../context.js';
import { queryTooComplex, rateLimited } from '../errors/errors.js';
import { measureOperation, type OperationMeasure } from './operation-cost.js';

/** What an operation without a good token costs: it is refused before anything is read. */
const ANONYMOUS_COST = 10;
/**
 * A document that is not at hand costs a point for so many characters, executed or not. Parsing and validating them
 * takes some 20 µs, of the dearest documents no more than twice that: see worst-documents.test.ts.
 */
const CHARACTERS_A_POINT = 10;

const refusals = new Counter({
  name: 'graphql_operations_refused_total',
  help: 'Operations refused before their execution, by reason.',
  labelNames: ['reason'] as const,
});

type Who = Pick<GraphQLContext, 'caller' | 'address'>;

/** Every operation comes through here before it is executed, over HTTP and WebSocket alike. */
@Injectable()
export class OperationLimits {
  private readonly customers: RateLimiter;
  private readonly addresses: RateLimiter;
  /** What each operation under way has consumed. */
  private readonly admitted = new WeakMap<GraphQLContext, Consumption>();
  /** Those who have been asked for the points of their document, by itself or with its operation. */
  private readonly paid = new WeakSet<GraphQLContext>();

  constructor(
    connections: RedisConnections,
    @Inject(CONFIG) private readonly config: Pick<Config, 'graphql' | 'rateLimit' | 'redis'>,
  ) {
    const { windowSeconds, customerPoints, anonymousPoints, redisTimeoutMs } = config.rateLimit;
    const connection = connections.open({
      ...failFast(config.redis.commandTimeoutMs),
      commandTimeout: redisTimeoutMs,
      // A command for each operation: those of one turn of the event loop go out in one write.
      enableAutoPipelining: true,
    });
    const prefix = `${config.redis.prefix}:rate`;
    this.customers = new RateLimiter(connection, `${prefix}:customer`, {
      points: customerPoints,
      windowSeconds,
    });
    this.addresses = new RateLimiter(connection, `${prefix}:address`, {
      points: anonymousPoints,
      windowSeconds,
    });
  }

  /**
   * For the beginning of a request: whoever is known to be over the limit costs no more than this.
   * @throws RATE_LIMITED
   */
  turnAway(who: Who): void {
    const [limiter, key] = this.limiterFor(who);
    refuseFor(limiter.rejectedForMs(key));
  }

  /** @throws QUERY_TOO_COMPLEX for what is above a limit, RATE_LIMITED for what the caller has no points left for */
  async admit(
    who: GraphQLContext,
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const measure = measureOperation(schema, document, operation, variables);
    this.checkLimits(measure);
    const cost = who.caller === undefined ? Math.min(measure.cost, ANONYMOUS_COST) : measure.cost;
    // Rejected or not: what is rejected counts nothing.
    this.paid.add(who);
    this.admitted.set(who, await this.consume(who, Math.max(1, cost)));
  }

  /**
   * For a document that is about to be validated.
   * @throws RATE_LIMITED
   */
  async consumeForDocument(who: GraphQLContext, text: string): Promise<void> {
    this.paid.add(who);
    const [limiter, key] = this.limiterFor(who);
    refuseFor((await limiter.consumeOrBlock(key, documentPoints(text))).retryAfterMs);
  }

  /**
   * For a document that is not executed, unless its points are consumed already. Nobody waits for it: the next
   * request is the one that is refused.
   */
  chargeRefused(who: GraphQLContext, text: string): void {
    if (this.paid.has(who)) return;
    this.paid.add(who);
    const [limiter, key] = this.limiterFor(who);
    void limiter.consumeOrBlock(key, documentPoints(text));
  }

  /** @throws RATE_LIMITED */
  async chargeAnonymous(address: string): Promise<void> {
    await this.consume({ caller: undefined, address }, ANONYMOUS_COST);
  }

  /** For an admitted operation that turned out to be dearer. Nobody waits for it. */
  consumeMore(who: GraphQLContext, points: number): void {
    const [limiter, key] = this.limiterFor(who);
    void limiter.consumeOrBlock(key, points);
  }

  /** For an admitted operation that turned out to be cheaper, such as the replay of an order that exists. */
  refund(who: GraphQLContext, points: number): void {
    const consumption = this.admitted.get(who);
    if (consumption !== undefined) this.limiterFor(who)[0].refund(consumption, points);
  }

  private checkLimits({ depth, aliases, cost }: OperationMeasure): void {
    const { depthLimit, aliasLimit, costLimit } = this.config.graphql;
    const over = (
      [
        ['depth', depth, depthLimit],
        ['number of aliases', aliases, aliasLimit],
        ['cost', cost, costLimit],
      ] as const
    ).find(([, value, limit]) => value > limit);
    if (over === undefined) return;
    refusals.inc({ reason: 'too_complex' });
    const [what, value, limit] = over;
    throw queryTooComplex(`The operation's ${what} is ${value}; at most ${limit} is allowed.`);
  }

  private async consume(who: Who, points: number): Promise<Consumption> {
    const [limiter, key] = this.limiterFor(who);
    const consumption = await limiter.consume(key, points);
    refuseFor(consumption.retryAfterMs);
    return consumption;
  }

  private limiterFor({ caller, address }: Who): [RateLimiter, string] {
    return caller === undefined ? [this.addresses, networkOf(address)] : [this.customers, caller.customerId];
  }
}

export function documentPoints(text: string): number {
  return 1 + Math.ceil(text.length / CHARACTERS_A_POINT);
}

function refuseFor(retryAfterMs: number): void {
  if (retryAfterMs === 0) return;
  refusals.inc({ reason: 'rate_limited' });
  throw rateLimited(retryAfterMs);
}
