import {
  type ExecutionArgs,
  getOperationAST,
  GraphQLError,
  type GraphQLSchema,
  type OperationDefinitionNode,
  OperationTypeNode,
} from 'graphql';
import type { SubscribePayload } from 'graphql-ws';
import type { GraphQLContext } from '../graphql/context.js';
import { badUserInput, queryTooComplex, rateLimited } from '../graphql/errors/errors.js';
import { requestMessage } from '../graphql/errors/graphql-messages.js';
import type { OperationLimits } from '../graphql/limits/operation-limits.js';
import type { ValidDocuments } from '../graphql/limits/valid-documents.js';
import type { Retained, RetainedBytes } from './retained-bytes.js';

interface Options {
  readonly id: string;
  readonly contextValue: GraphQLContext;
  readonly schema: GraphQLSchema;
  readonly documents: ValidDocuments;
  readonly operationLimits: OperationLimits;
  readonly retained: RetainedBytes;
  /** The socket's subscriptions, this one included. */
  readonly operationCount: number;
  readonly limits: { readonly subscriptionLimit: number; readonly maxRetainedPerCustomerBytes: number };
}

export interface PreparedSubscription {
  readonly args: ExecutionArgs;
  /** Stops counting what the subscription retains: to be called when it ends, or does not begin. */
  readonly release: () => void;
}

/** By then, one of the customer's other subscriptions may have ended. */
const RETRY_AFTER_MS = 1_000;

/**
 * Applies the same rules and limits as over HTTP.
 * @returns the operation to execute, or the errors for which it is rejected
 */
export async function prepareSubscription(
  payload: SubscribePayload,
  options: Options,
): Promise<PreparedSubscription | readonly GraphQLError[]> {
  const { contextValue, operationLimits, operationCount, limits } = options;
  if (operationCount > limits.subscriptionLimit) return [rateLimited(RETRY_AFTER_MS)];
  try {
    const prepared = await prepare(payload, options);
    if (!('args' in prepared)) operationLimits.consumeForRejectedDocument(contextValue, payload.query);
    return prepared;
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    operationLimits.consumeForRejectedDocument(contextValue, payload.query);
    return [error];
  }
}

/** @throws GraphQLError where a limit or a variable rejects the operation */
async function prepare(
  { query, operationName = null, variables }: SubscribePayload,
  options: Options,
): Promise<PreparedSubscription | readonly GraphQLError[]> {
  const { contextValue, schema, documents, operationLimits } = options;
  operationLimits.rejectIfRateLimited(contextValue);
  const document = await documents.read(contextValue, schema, query);
  if (!('definitions' in document)) return document;
  const operation = getOperationAST(document, operationName);
  if (operation?.operation !== OperationTypeNode.SUBSCRIPTION) return [onlySubscriptions()];
  const variableValues = variables ?? {};
  rejectUndeclared(operation, variableValues);
  const release = retain({ id: options.id, document, operationName, variables: variableValues }, options);
  try {
    await operationLimits.consumeForOperation(contextValue, schema, document, operation, variableValues);
  } catch (error) {
    release();
    throw error;
  }
  return { args: { schema, document, contextValue, operationName, variableValues }, release };
}

/** Undeclared variables would be retained as long as the subscription, for nothing. */
function rejectUndeclared(
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): void {
  const declared = new Set(variableDefinitions.map(({ variable }) => variable.name.value));
  const undeclared = Object.keys(variables).filter((name) => !declared.has(name));
  if (undeclared.length === 0) return;
  throw badUserInput(
    undeclared.map((name) => ({
      field: requestMessage(name),
      message: 'is a variable that the subscription does not declare',
    })),
  );
}

function retain(subscription: Retained, { contextValue: { caller }, retained, limits }: Options): () => void {
  if (caller === undefined) throw new Error('a subscription on a socket that is not authenticated');
  const release = retained.retain(caller.customerId, subscription);
  if (release === 'full') throw rateLimited(RETRY_AFTER_MS);
  if (release === 'too large') {
    const maxBytes = limits.maxRetainedPerCustomerBytes;
    throw queryTooComplex(`The subscription takes more than the ${maxBytes} bytes that a customer may have.`);
  }
  return release;
}

function onlySubscriptions(): GraphQLError {
  const message = 'Only subscriptions are served over a WebSocket; send queries and mutations over HTTP.';
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST' } });
}
