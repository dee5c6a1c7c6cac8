import type { ApolloServerPlugin } from '@apollo/server';
import { GraphQLError, OperationTypeNode } from 'graphql';
import type { GraphQLContext } from './context.js';
import { MAX_ERRORS, type PublicErrors } from './errors/public-errors.js';
import type { OperationLimits } from './limits/operation-limits.js';
import type { ValidDocuments } from './limits/valid-documents.js';

/** Validates each document and applies the operation limits before the execution. */
export function limitOperations(
  limits: OperationLimits,
  documents: ValidDocuments,
  publicErrors: PublicErrors,
): ApolloServerPlugin<GraphQLContext> {
  return {
    requestDidStart: async () => {
      let validationErrors: readonly GraphQLError[] = [];
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
            validationErrors = await documents.validate(contextValue, schema, document, { text, hash });
            const [first] = validationErrors;
            if (first !== undefined) throw first;
          }
          if (operation === undefined) return;
          if (operation.operation === OperationTypeNode.SUBSCRIPTION) {
            // Executed like a query, it would fail with INTERNAL_SERVER_ERROR.
            throw new GraphQLError('Subscriptions are served over a WebSocket.', {
              extensions: { code: 'BAD_REQUEST', http: { status: 400 } },
            });
          }
          await limits.consumeForOperation(
            contextValue,
            schema,
            document,
            operation,
            request.variables ?? {},
          );
        },
        didEncounterErrors: async ({ contextValue, source }) => {
          if (source !== undefined) limits.consumeForRejectedDocument(contextValue, source);
        },
        // Only one error can be thrown; the response gets all of them.
        willSendResponse: async ({ response: { body } }) => {
          if (validationErrors.length > 1 && body.kind === 'single')
            body.singleResult.errors = publicErrors.formatAll(validationErrors);
        },
      };
    },
  };
}

/** Limits a response to MAX_ERRORS errors. */
export const truncateErrors: ApolloServerPlugin = {
  requestDidStart: async () => ({
    willSendResponse: async ({ response: { body } }) => {
      if (body.kind !== 'single' || body.singleResult.errors === undefined) return;
      body.singleResult.errors = body.singleResult.errors.slice(0, MAX_ERRORS);
    },
  }),
};
