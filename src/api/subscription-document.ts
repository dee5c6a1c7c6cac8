import { type ExecutionArgs, getOperationAST, GraphQLError, OperationTypeNode } from 'graphql';
import type { SubscribePayload } from 'graphql-ws';
import type { GraphQLContext } from './context.js';
import { rateLimited } from './errors.js';
import type { OperationGate } from './operation-gate.js';
import type { ValidDocuments } from './valid-documents.js';

interface Options {
  readonly contextValue: GraphQLContext;
  readonly documents: ValidDocuments;
  readonly gate: OperationGate;
  /** How many subscriptions the socket has, this one included. */
  readonly running: number;
  readonly limits: { readonly subscriptionLimit: number };
}

/** When one of the socket's subscriptions may have ended. */
const RETRY_AFTER_MS = 1_000;

/** What is to be executed, or why it is not: by the same rules and limits as over HTTP. */
export async function prepareSubscription(
  payload: SubscribePayload,
  options: Options,
): Promise<ExecutionArgs | GraphQLError[]> {
  const { contextValue, gate, running, limits } = options;
  if (running > limits.subscriptionLimit) return [rateLimited(RETRY_AFTER_MS)];
  const prepared = await admit(payload, options);
  if (Array.isArray(prepared)) gate.chargeRefused(contextValue, payload.query);
  return prepared;
}

async function admit(
  { query, operationName = null, variables }: SubscribePayload,
  { contextValue, documents, gate }: Options,
): Promise<ExecutionArgs | GraphQLError[]> {
  try {
    gate.turnAway(contextValue);
    const document = documents.read(query);
    if (Array.isArray(document)) return document;
    const { schema } = documents;
    const operation = getOperationAST(document, operationName);
    if (operation?.operation !== OperationTypeNode.SUBSCRIPTION) return [onlySubscriptions()];
    const variableValues = variables ?? {};
    await gate.admit(contextValue, schema, document, operation, variableValues);
    return { schema, document, contextValue, operationName, variableValues };
  } catch (error) {
    if (error instanceof GraphQLError) return [error];
    throw error;
  }
}

function onlySubscriptions(): GraphQLError {
  const message = 'Only subscriptions are served over a WebSocket; send queries and mutations over HTTP.';
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST' } });
}
