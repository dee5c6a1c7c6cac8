import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import type { ApolloDriverConfig } from '@nestjs/apollo';
import type { FastifyRequest } from 'fastify';
import { refuseAccess } from '../auth/auth-failures.js';
import { Authenticator, KeySetUnavailableError } from '../auth/authenticator.js';
import type { Config } from '../config/config.js';
import { log } from '../platform/observability/logger.js';
import { packageFile } from '../platform/package-file.js';
import { ACCESS_RULES } from './access/access-rules.js';
import { limitOperations, truncateErrors } from './apollo-plugins.js';
import type { GraphQLContext } from './context.js';
import { requestRejected, unauthenticated } from './errors/errors.js';
import { guardSchema } from './access/guarded-schema.js';
import type { OperationLimits } from './limits/operation-limits.js';
import { PublicErrors } from './errors/public-errors.js';
import type { ValidDocuments } from './limits/valid-documents.js';

/** Apollo's keys end with the document's SHA-256 in hexadecimal. */
const HASH_LENGTH = 64;
const SCHEMA_PATH = packageFile('schema.graphql');

/**
 * A page of another origin can't send these without a CORS preflight. Apollo's own two, and the token, which clients
 * that send queries by GET always have.
 */
const PREFLIGHT_HEADERS = ['x-apollo-operation-name', 'apollo-require-preflight', 'authorization'];

/** Options of Apollo, which serves HTTP. Subscriptions have their own server, see subscription-server.ts. */
export function graphqlOptions(
  { graphql }: Pick<Config, 'graphql'>,
  authenticator: Authenticator,
  limits: OperationLimits,
  documents: ValidDocuments,
): Omit<ApolloDriverConfig, 'driver'> {
  const publicErrors = new PublicErrors(graphql.introspection);
  return {
    path: '/graphql',
    typePaths: [SCHEMA_PATH],
    transformSchema: (schema) => guardSchema(schema, ACCESS_RULES),
    introspection: graphql.introspection,
    parseOptions: { maxLexicalTokens: graphql.tokenLimit },
    // ValidDocuments validates after points are consumed. Apollo has no hook before its own validation.
    dangerouslyDisableValidation: true,
    documentStore: {
      get: async (key) => documents.cache.find(key.slice(-HASH_LENGTH)),
      // Apollo would store documents that are not validated yet.
      set: async () => undefined,
      delete: async () => false,
    },
    graphiql: false,
    logger: log,
    includeStacktraceInErrorResponses: false,
    autoTransformHttpErrors: false,
    csrfPrevention: { requestHeaders: PREFLIGHT_HEADERS },
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    // The HTTP server drains first; Apollo stops when no request is in progress.
    stopOnApplicationShutdown: true,
    context: async (request: FastifyRequest): Promise<GraphQLContext> => {
      const caller = await authenticate(authenticator, request);
      request.customerId = caller?.customerId;
      // Undefined once the client has disconnected.
      const address = (request.ip as string | undefined) ?? '';
      const context = { caller, address };
      limits.rejectIfRateLimited(context);
      // With introspection on, anyone may read the schema; the access rules reject all other fields.
      if (caller === undefined && !graphql.introspection) {
        await limits.consumeForAnonymous(address);
        throw unauthenticated({ status: 401, headers: new Map([['www-authenticate', 'Bearer']]) });
      }
      return context;
    },
    formatError: (formatted, error) => publicErrors.format(formatted, error),
    plugins: [
      // No response may be cached, and this plugin would wrap every resolver to find that out.
      ApolloServerPluginCacheControlDisabled(),
      limitOperations(limits, documents, publicErrors),
      truncateErrors,
    ],
  };
}

/**
 * @returns undefined without a valid token
 * @throws SERVICE_UNAVAILABLE where the key set can't be fetched
 */
async function authenticate(authenticator: Authenticator, { raw }: FastifyRequest) {
  // With two tokens, a proxy may have checked the other one.
  const [authorization, second] = raw.headersDistinct['authorization'] ?? [];
  try {
    if (second !== undefined) return refuseAccess('malformed');
    return await authenticator.authenticate(authorization);
  } catch (error) {
    if (!(error instanceof KeySetUnavailableError)) throw error;
    log.warn({ err: error }, 'request rejected: the key set is unavailable');
    throw requestRejected();
  }
}
