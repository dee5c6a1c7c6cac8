import { createHash, randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { RunningApplication } from '../../src/application.js';
import { ApiClient, type GraphQLAnswer } from '../support/api-client.js';
import { orderInput } from '../support/documents.js';
import type { Environment, TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';

/** A document that creates `count` orders, 50 points each. */
export function createOrders(count: number) {
  const indexes = Array.from({ length: count }, (_, index) => index);
  return {
    query: `mutation (${indexes.map((i) => `$i${i}: CreateOrderInput!`).join(' ')}) {
      ${indexes.map((i) => `a${i}: createOrder(input: $i${i}) { __typename }`).join(' ')}
    }`,
    variables: Object.fromEntries(indexes.map((i) => [`i${i}`, orderInput()])),
  };
}

export function codeOf({ errors }: GraphQLAnswer<unknown>): string | undefined {
  return errors?.[0]?.extensions.code;
}

/** The points that a customer or an address has consumed, as counted in Redis. */
export async function pointsIn(
  redis: Redis,
  prefix: string,
  key: string,
  kind: 'customer' | 'address' = 'customer',
): Promise<number> {
  const hash = createHash('sha256').update(key).digest('base64url');
  return Number(await redis.get(`${prefix}:rate:${kind}:${hash}`));
}

/** Starts an API and waits until it counts in Redis, in keys that begin with `prefix`. */
export async function startCounting(
  system: TestSystem,
  redis: Redis,
  prefix: string,
  limits: Environment = {},
): Promise<RunningApplication> {
  const application = await system.start({ REDIS_PREFIX: prefix, ...limits });
  await untilCounting(system, redis, prefix, application.url);
  return application;
}

/** Waits until the API counts in Redis: before, and after every fault of Redis, the process counts. */
export async function untilCounting(
  system: TestSystem,
  redis: Redis,
  prefix: string,
  url: string,
): Promise<void> {
  const name = `probe of ${url}`;
  const probe = new ApiClient(url, await system.token(name));
  const before = await pointsIn(redis, prefix, name);
  await waitFor('a count in Redis', async () => {
    await probe.send({ query: '{ __typename }' });
    return (await pointsIn(redis, prefix, name)) > before;
  });
}

/** Puts documents into the API's document cache: the first request with a document is charged for its length. */
export async function cacheDocuments(
  system: TestSystem,
  url: string,
  ...documents: readonly { readonly query: string; readonly variables?: object }[]
): Promise<void> {
  for (const document of documents)
    await new ApiClient(url, await system.token(`reader ${randomUUID()}`)).send(document);
}
