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
import type { RetainedBytes } from './retained-bytes.js';
import type { ValidDocuments } from '../graphql/limits/valid-documents.js';

interface Options {
  readonly id: string;
  readonly contextValue: GraphQLContext;
  readonly schema: GraphQLSchema;
  readonly documents: ValidDocuments;
  readonly gate: OperationLimits;
  readonly retained: RetainedBytes;
  /** How many subscriptions the socket has, this one included. */
  readonly running: number;
  readonly limits: { readonly subscriptionLimit: number; readonly maxRetainedPerCustomerBytes: number };
}

/** What is to be executed. */
export interface PreparedSubscription {
  readonly args: ExecutionArgs;
  /** To be called when the subscription has ended, or has not begun. */
  readonly release: () => void;
}

/** When one of the customer's subscriptions may have ended. */
const RETRY_AFTER_MS = 1_000;

/** What is to be executed, or why it is not: by the same rules and limits as over HTTP. */
export async function prepareSubscription(
  payload: SubscribePayload,
  options: Options,
): Promise<PreparedSubscription | readonly GraphQLError[]> {
  const { contextValue, gate, running, limits } = options;
  if (running > limits.subscriptionLimit) return [rateLimited(RETRY_AFTER_MS)];
  try {
    const prepared = await admit(payload, options);
    if (!('args' in prepared)) gate.consumeForRejectedDocument(contextValue, payload.query);
    return prepared;
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    gate.consumeForRejectedDocument(contextValue, payload.query);
    return [error];
  }
}

async function admit(
  { query, operationName = null, variables }: SubscribePayload,
  options: Options,
): Promise<PreparedSubscription | readonly GraphQLError[]> {
  const { contextValue, schema, documents, gate } = options;
  gate.rejectIfRateLimited(contextValue);
  const document = await documents.read(contextValue, schema, query);
  if (!('definitions' in document)) return document;
  const operation = getOperationAST(document, operationName);
  if (operation?.operation !== OperationTypeNode.SUBSCRIPTION) return [onlySubscriptions()];
  const variableValues = variables ?? {};
  refuseUndeclared(operation, variableValues);
  const release = retain({ id: options.id, document, operationName, variables: variableValues }, options);
  try {
    await gate.consumeForOperation(contextValue, schema, document, operation, variableValues);
  } catch (error) {
    release();
    throw error;
  }
  return { args: { schema, document, contextValue, operationName, variableValues }, release };
}

/** They would be kept as long as the subscription lives, for nothing. */
function refuseUndeclared(
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

function retain(
  subscription: Parameters<RetainedBytes['retain']>[1],
  { contextValue: { caller }, retained, limits }: Options,
): () => void {
  if (caller === undefined) throw new Error('a subscription has begun on a socket that is not admitted');
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
