import type { EnvironmentReader } from './variables/environment-reader.js';
import { flag, integer, optionalText } from './variables/scalars.js';
import { section } from './variables/variable.js';

export const GRAPHQL = section({
  title: 'GraphQL',
  introduction:
    'A document or operation above one of these limits is refused with `QUERY_TOO_COMPLEX`, or as a syntax ' +
    'error where it has too many tokens.',
  roles: ['api'],
  variables: {
    introspection: flag('GRAPHQL_INTROSPECTION', {
      default: (production) => !production,
      description: 'Whether the schema can be queried.',
    }),
    playground: flag('GRAPHQL_PLAYGROUND', {
      default: (production) => !production,
      description: 'Whether a browser gets the playground at `/graphql`.',
    }),
    playgroundToken: optionalText('PLAYGROUND_TOKEN', {
      description: "A customer's token for the playground's tabs. Without it they say how to make one.",
    }),
    playgroundOperatorToken: optionalText('PLAYGROUND_OPERATOR_TOKEN', {
      description: "An operator's token for the playground's tabs.",
    }),
    tokenLimit: integer('GRAPHQL_TOKEN_LIMIT', {
      unit: 'tokens',
      default: 5_000,
      min: 100,
      description: 'Maximum number of lexical tokens in a document.',
      reason:
        'A hundred createOrders in one document have about 4,800; parsing and validating so many takes 20 ms at ' +
        'worst.',
    }),
    maxFragments: integer('GRAPHQL_MAX_FRAGMENTS', {
      unit: 'fragments',
      default: 50,
      min: 1,
      description: 'Maximum number of fragments in a document.',
      reason: "A page made of many components has about 20. Each operation's validation follows all of them.",
    }),
    maxMergedFields: integer('GRAPHQL_MAX_MERGED_FIELDS', {
      unit: 'fields',
      default: 50_000,
      min: 1_000,
      description:
        'Maximum number of fields visited to check that selections of the same name can be merged.',
      reason:
        "Ten times the tokens: the check visits each field of a front end's document once or twice, and this " +
        'many take 15 ms.',
    }),
    maxRememberedDocumentsBytes: integer('GRAPHQL_MAX_REMEMBERED_DOCUMENTS_BYTES', {
      unit: 'bytes',
      default: 16_777_216,
      min: 0,
      description: 'Maximum size of the cache of parsed and validated documents. 0 turns it off.',
      reason: 'About 300 documents of 80 tokens, at about 50 KB each once parsed.',
    }),
    depthLimit: integer('GRAPHQL_DEPTH_LIMIT', {
      unit: 'levels',
      default: 10,
      min: 5,
      description: 'Maximum depth of nested fields.',
      reason: 'The amount of a line of an order of an event of an order in a list is on level 8.',
    }),
    aliasLimit: integer('GRAPHQL_ALIAS_LIMIT', {
      unit: 'aliases',
      default: 200,
      min: 1,
      description: 'Maximum number of aliases in an operation.',
      reason: 'Twice a hundred orders in one document.',
    }),
    costLimit: integer('GRAPHQL_COST_LIMIT', {
      unit: 'points',
      default: 12_000,
      min: 100,
      description: 'Maximum cost of one operation.',
      reason:
        'A page of a hundred orders of 100 lines with everything in it costs 10,600, and two hundred createOrders ' +
        'about as much. That is a tenth of a second of work.',
    }),
  },
});

export const RATE_LIMIT = section({
  title: 'Rate limits',
  introduction:
    'Each operation consumes points by its cost: a createOrder about 55, a page of 20 orders with everything in ' +
    'it 2,100. Redis counts them over all processes.',
  roles: ['api'],
  variables: {
    windowSeconds: integer('RATE_LIMIT_WINDOW_SECONDS', {
      unit: 'seconds',
      default: 60,
      min: 1,
      max: 3_600,
      description: 'The time after which consumed points are available again.',
    }),
    customerPoints: integer('RATE_LIMIT_CUSTOMER_POINTS', {
      unit: 'points',
      default: 120_000,
      min: 1,
      description: 'Points of one customer in a window.',
      reason: "About 30 orders a second: far more than a person places, and enough for a shop's script.",
    }),
    anonymousPoints: integer('RATE_LIMIT_ANONYMOUS_POINTS', {
      unit: 'points',
      default: 12_000,
      min: 1,
      description: 'Points of one address (a /64 of IPv6) in a window, for requests without a valid token.',
      reason: 'Many people may share an address: 20 rejected requests a second.',
    }),
    redisTimeoutMs: integer('RATE_LIMIT_REDIS_TIMEOUT_MS', {
      unit: 'ms',
      default: 100,
      min: 1,
      description: 'Timeout of Redis when counting. After it, the process counts by itself.',
      reason: 'A healthy Redis counts within a millisecond.',
    }),
  },
});

export function graphqlSettings(reader: EnvironmentReader) {
  const { playgroundToken, playgroundOperatorToken, ...settings } = reader.read(GRAPHQL);
  return { ...settings, playgroundTokens: { customer: playgroundToken, operator: playgroundOperatorToken } };
}
