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

/** Points of an operation without a valid token: it is rejected before anything is read. */
const ANONYMOUS_COST = 10;
/**
 * A document that is not cached costs a point per ten characters, executed or not. Parsing and validating so many
 * takes about 20 µs, and at most 40 µs in the most expensive documents: see worst-documents.test.ts.
 */
const CHARACTERS_PER_POINT = 10;

const rejectedOperations = new Counter({
  name: 'graphql_operations_refused_total',
  help: 'Operations rejected before their execution, by reason.',
  labelNames: ['reason'] as const,
});

type Client = Pick<GraphQLContext, 'caller' | 'address'>;

/**
 * Limits the size and the rate of operations, over HTTP and WebSocket. An operation consumes points by its cost, from a
 * customer's window or, without a valid token, from that of the client's network.
 */
@Injectable()
export class OperationLimits {
  private readonly customers: RateLimiter;
  private readonly addresses: RateLimiter;
  private readonly consumptions = new WeakMap<GraphQLContext, Consumption>();
  /** Operations that have consumed, or were denied, the points of their document. */
  private readonly documentConsumed = new WeakSet<GraphQLContext>();

  constructor(
    connections: RedisConnections,
    @Inject(CONFIG) private readonly config: Pick<Config, 'graphql' | 'rateLimit' | 'redis'>,
  ) {
    const { windowSeconds, customerPoints, anonymousPoints, redisTimeoutMs } = config.rateLimit;
    const connection = connections.open({
      ...failFast(config.redis.commandTimeoutMs),
      commandTimeout: redisTimeoutMs,
      // Each operation sends a command. Those of one turn of the event loop share a write.
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
   * Call it first: it rejects a client that is known to be over its limit without a call to Redis.
   * @throws RATE_LIMITED
   */
  rejectIfRateLimited(client: Client): void {
    const [limiter, key] = this.limiterFor(client);
    throwIfRateLimited(limiter.rejectedForMs(key));
  }

  /**
   * Call it before an operation is executed.
   * @throws QUERY_TOO_COMPLEX where depth, aliases or cost are above their maximum, RATE_LIMITED where the client has
   * too few points left
   */
  async consumeForOperation(
    client: GraphQLContext,
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const measure = measureOperation(schema, document, operation, variables);
    this.rejectIfTooComplex(measure);
    const cost = client.caller === undefined ? Math.min(measure.cost, ANONYMOUS_COST) : measure.cost;
    // Before the call: a rejected operation must not consume points for its document.
    this.documentConsumed.add(client);
    this.consumptions.set(client, await this.consume(client, Math.max(1, cost)));
  }

  /**
   * Call it before a document is validated.
   * @throws RATE_LIMITED
   */
  async consumeForDocument(client: GraphQLContext, text: string): Promise<void> {
    this.documentConsumed.add(client);
    const [limiter, key] = this.limiterFor(client);
    throwIfRateLimited((await limiter.consumeOrBlock(key, documentPoints(text))).retryAfterMs);
  }

  /**
   * Call it for a document that is not executed: it consumes the document's points unless that was done before.
   * Returns at once; where too few points are left, the client's next request is rejected.
   */
  consumeForRejectedDocument(client: GraphQLContext, text: string): void {
    if (this.documentConsumed.has(client)) return;
    this.documentConsumed.add(client);
    const [limiter, key] = this.limiterFor(client);
    void limiter.consumeOrBlock(key, documentPoints(text));
  }

  /** @throws RATE_LIMITED */
  async consumeForAnonymous(address: string): Promise<void> {
    await this.consume({ caller: undefined, address }, ANONYMOUS_COST);
  }

  /** For an operation that turned out to cost more. Returns at once. */
  consumeMore(client: GraphQLContext, points: number): void {
    const [limiter, key] = this.limiterFor(client);
    void limiter.consumeOrBlock(key, points);
  }

  /** For an operation that turned out to cost less, such as a replay. Returns at once. */
  refund(client: GraphQLContext, points: number): void {
    const consumption = this.consumptions.get(client);
    if (consumption !== undefined) this.limiterFor(client)[0].refund(consumption, points);
  }

  private rejectIfTooComplex({ depth, aliases, cost }: OperationMeasure): void {
    const { depthLimit, aliasLimit, costLimit } = this.config.graphql;
    const exceeded = (
      [
        ['depth', depth, depthLimit],
        ['number of aliases', aliases, aliasLimit],
        ['cost', cost, costLimit],
      ] as const
    ).find(([, value, max]) => value > max);
    if (exceeded === undefined) return;
    rejectedOperations.inc({ reason: 'too_complex' });
    const [what, value, max] = exceeded;
    throw queryTooComplex(`The operation's ${what} is ${value}; at most ${max} is allowed.`);
  }

  private async consume(client: Client, points: number): Promise<Consumption> {
    const [limiter, key] = this.limiterFor(client);
    const consumption = await limiter.consume(key, points);
    throwIfRateLimited(consumption.retryAfterMs);
    return consumption;
  }

  private limiterFor({ caller, address }: Client): [RateLimiter, string] {
    return caller === undefined ? [this.addresses, networkOf(address)] : [this.customers, caller.customerId];
  }
}

export function documentPoints(text: string): number {
  return 1 + Math.ceil(text.length / CHARACTERS_PER_POINT);
}

function throwIfRateLimited(retryAfterMs: number): void {
  if (retryAfterMs === 0) return;
  rejectedOperations.inc({ reason: 'rate_limited' });
  throw rateLimited(retryAfterMs);
}
