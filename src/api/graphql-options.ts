import type { ApolloServerPlugin } from '@apollo/server';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import type { FastifyRequest } from 'fastify';
import { GraphQLError, OperationTypeNode } from 'graphql';
import { fileURLToPath } from 'node:url';
import type { Config } from '../config.js';
import type { GraphQLContext } from './context.js';
import { toPublicError } from './errors.js';

const SCHEMA_PATH = fileURLToPath(new URL('../../schema.graphql', import.meta.url));

/** Apollo over HTTP. Subscriptions have a server of their own: see subscription-server.ts. */
export function graphqlOptions({ graphql }: Pick<Config, 'graphql'>): ApolloDriverConfig {
  return {
    driver: ApolloDriver,
    path: '/graphql',
    typePaths: [SCHEMA_PATH],
    introspection: graphql.introspection,
    hideSchemaDetailsFromClientErrors: !graphql.introspection,
    graphiql: false,
    includeStacktraceInErrorResponses: false,
    autoTransformHttpErrors: false,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    // The HTTP server drains first; Apollo stops when no request is left.
    stopOnApplicationShutdown: true,
    context: (request: FastifyRequest): GraphQLContext => ({ authorization: request.headers.authorization }),
    formatError: toPublicError,
    plugins: [refuseSubscriptions],
  };
}

/** Executed like a query, a subscription would fail as if by a defect of ours. */
const refuseSubscriptions: ApolloServerPlugin = {
  requestDidStart: async () => ({
    didResolveOperation: async ({ operation }) => {
      if (operation?.operation !== OperationTypeNode.SUBSCRIPTION) return;
      throw new GraphQLError('Subscriptions are served over a WebSocket.', {
        extensions: { code: 'BAD_REQUEST', http: { status: 400 } },
      });
    },
  }),
};
