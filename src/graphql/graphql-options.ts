import type { ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import type { ApolloDriverConfig } from '@nestjs/apollo';
import type { FastifyRequest } from 'fastify';
import { GraphQLError, OperationTypeNode } from 'graphql';
import { refuseAccess } from '../auth/auth-failures.js';
import { Authenticator, KeySetUnavailableError } from '../auth/authenticator.js';
import type { Config } from '../config/config.js';
import { log } from '../platform/observability/logger.js';
import { packageFile } from '../platform/package-file.js';
import { ACCESS_RULES } from './access/access-rules.js';
import type { GraphQLContext } from './context.js';
import { requestNotTaken, unauthenticated } from './errors/errors.js';
import { guardSchema } from './access/guarded-schema.js';
import { OperationLimits } from './limits/operation-limits.js';
import { MAX_ERRORS, PublicErrors } from './errors/public-errors.js';
import type { ValidDocuments } from './limits/valid-documents.js';

/** Apollo's keys end in a document's SHA-256, in hexadecimal digits. */
const HASH_LENGTH = 64;
const SCHEMA_PATH = packageFile('schema.graphql');

/**
 * A page of another origin can't send these before the browser has asked us whether it may. Apollo's own two, and the
 * token, which clients that send their queries by GET always have.
 */
const PREFLIGHT_HEADERS = ['x-apollo-operation-name', 'apollo-require-preflight', 'authorization'];

/** Apollo over HTTP. Subscriptions have a server of their own: see subscription-server.ts. */
export function graphqlOptions(
  { graphql }: Pick<Config, 'graphql'>,
  authenticator: Authenticator,
  gate: OperationLimits,
  documents: ValidDocuments,
): Omit<ApolloDriverConfig, 'driver'> {
  const publicErrors = new PublicErrors(graphql.introspection);
  return {
    path: '/graphql',
    typePaths: [SCHEMA_PATH],
    transformSchema: (schema) => guardSchema(schema, ACCESS_RULES),
    introspection: graphql.introspection,
    parseOptions: { maxLexicalTokens: graphql.tokenLimit },
    // ValidDocuments does both, after the points for it are consumed; Apollo has no hook before its own.
    dangerouslyDisableValidation: true,
    documentStore: {
      get: async (key) => documents.cache.find(key.slice(-HASH_LENGTH)),
      // Apollo would store what is not validated yet.
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
    // The HTTP server drains first; Apollo stops when no request is left.
    stopOnApplicationShutdown: true,
    context: async (request: FastifyRequest): Promise<GraphQLContext> => {
      const caller = await identify(authenticator, request);
      request.customerId = caller?.customerId;
      // A client that is gone has none.
      const address = (request.ip as string | undefined) ?? '';
      const context = { caller, address };
      gate.turnAway(context);
      // Where the schema is public, anybody may read it, and the fields refuse for themselves.
      if (caller === undefined && !graphql.introspection) {
        await gate.chargeAnonymous(address);
        throw unauthenticated({ status: 401, headers: new Map([['www-authenticate', 'Bearer']]) });
      }
      return context;
    },
    formatError: (formatted, error) => publicErrors.of(formatted, error),
    plugins: [
      // Nothing here may be cached, and Apollo would wrap every field's resolver to find that out.
      ApolloServerPluginCacheControlDisabled(),
      loadShedder(gate, documents, publicErrors),
      boundedErrors,
    ],
  };
}

/** @throws SERVICE_UNAVAILABLE where the key set can't be had */
async function identify(authenticator: Authenticator, { raw }: FastifyRequest) {
  // Of two tokens, somebody on the way here may have looked at the other one.
  const [authorization, another] = raw.headersDistinct['authorization'] ?? [];
  try {
    if (another !== undefined) return refuseAccess('malformed');
    return await authenticator.authenticate(authorization);
  } catch (error) {
    if (!(error instanceof KeySetUnavailableError)) throw error;
    log.warn({ err: error }, 'a request could not be admitted');
    throw requestNotTaken();
  }
}

/** Every document is validated, and every operation passes the gate, before its execution. */
function loadShedder(
  gate: OperationLimits,
  documents: ValidDocuments,
  publicErrors: PublicErrors,
): ApolloServerPlugin<GraphQLContext> {
  return {
    requestDidStart: async () => {
      let invalid: readonly GraphQLError[] = [];
      return {
        didResolveOperation: async ({
          contextValue,
          schema,
          document,
          operation,
          request,
          source: text,
          queryHash: hash,
        }) => {
          if (documents.cache.find(hash) !== document) {
            invalid = await documents.check(contextValue, schema, document, { text, hash });
            const [first] = invalid;
            if (first !== undefined) throw first;
          }
          if (operation === undefined) return;
          if (operation.operation === OperationTypeNode.SUBSCRIPTION) {
            // Executed like a query, it would fail as if by a defect of ours.
            throw new GraphQLError('Subscriptions are served over a WebSocket.', {
              extensions: { code: 'BAD_REQUEST', http: { status: 400 } },
            });
          }
          await gate.admit(contextValue, schema, document, operation, request.variables ?? {});
        },
        didEncounterErrors: async ({ contextValue, source }) => {
          if (source !== undefined) gate.chargeRefused(contextValue, source);
        },
        // One error only can be thrown.
        willSendResponse: async ({ response: { body } }) => {
          if (invalid.length > 1 && body.kind === 'single')
            body.singleResult.errors = publicErrors.list(invalid);
        },
      };
    },
  };
}

const boundedErrors: ApolloServerPlugin = {
  requestDidStart: async () => ({
    willSendResponse: async ({ response: { body } }) => {
      if (body.kind !== 'single' || body.singleResult.errors === undefined) return;
      body.singleResult.errors = body.singleResult.errors.slice(0, MAX_ERRORS);
    },
  }),
};
