import type { GraphQLSchemaHost } from '@nestjs/graphql';
import { createSourceEventStream, type ExecutionArgs, type ExecutionResult, GraphQLError } from 'graphql';
import { makeServer, type Server as ProtocolServer, type SubscribePayload } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { Config } from '../config/config.js';
import type { PublicErrors } from '../graphql/errors/public-errors.js';
import type { OperationLimits } from '../graphql/limits/operation-limits.js';
import type { ValidDocuments } from '../graphql/limits/valid-documents.js';
import type { RetainedBytes } from './retained-bytes.js';
import type { ConnectionParams, SocketAuthentication } from './socket-authentication.js';
import { SocketEventSink } from './socket-event-sink.js';
import type { SocketLimits } from './socket-limits.js';
import { clientIdOf } from './socket-operations.js';
import type { SocketState } from './socket-state.js';
import { prepareSubscription } from './subscription-document.js';

interface Options {
  readonly schemaHost: GraphQLSchemaHost;
  readonly authentication: SocketAuthentication;
  readonly documents: ValidDocuments;
  readonly operationLimits: OperationLimits;
  readonly socketLimits: SocketLimits;
  readonly retained: RetainedBytes;
  readonly publicErrors: PublicErrors;
  readonly config: Pick<Config, 'webSocket'>;
}

/** graphql-ws with our rules: it keeps the protocol of a socket, but the events themselves go past it. */
export function createProtocol(options: Options): ProtocolServer<SocketState> {
  const { authentication, publicErrors, config } = options;
  return makeServer<ConnectionParams, SocketState>({
    connectionInitWaitTimeout: config.webSocket.initTimeoutMs,
    onConnect: (context) => authentication.authenticate(context),
    onDisconnect: ({ extra: state }) => {
      authentication.end(state);
      for (const release of state.releases.values()) release();
      state.releases.clear();
    },
    onSubscribe: ({ extra: state }, id, payload) => prepare(state, id, payload, options),
    // An iterator without values: SocketEventSink writes the events.
    subscribe: (args) =>
      createSourceEventStream(args) as Promise<AsyncIterableIterator<never> | ExecutionResult>,
    onOperation: ({ extra: { operations } }, id) => {
      operations.begin(id);
    },
    // The only result that comes this way is that of a subscription that could not begin.
    onNext: (_context, _id, _payload, _args, { data = null, errors = [] }) => ({
      data,
      errors: publicErrors.formatAll(errors),
    }),
    onError: (_context, _id, _payload, errors) => publicErrors.formatAll(errors),
    onComplete: ({ extra: { operations, releases } }, id) => {
      operations.end(id);
      releases.get(id)?.();
      releases.delete(id);
    },
  });
}

/** @returns the operation to execute, or why it is rejected */
async function prepare(
  state: SocketState,
  id: string,
  payload: SubscribePayload,
  { schemaHost, documents, operationLimits, socketLimits, retained, publicErrors, config }: Options,
): Promise<ExecutionArgs | GraphQLError[]> {
  const { socket, address, caller, operations, budget, payloads, releases } = state;
  const original = payloads.get(id) ?? payload;
  payloads.delete(id);
  const eventSink = new SocketEventSink({ id: clientIdOf(id), socket, limits: socketLimits, publicErrors });
  const prepared = await prepareSubscription(original, {
    id,
    contextValue: { caller, address, eventSink },
    schema: schemaHost.schema,
    documents,
    operationLimits,
    retained,
    operationCount: operations.count,
    limits: config.webSocket,
  });
  if (!('args' in prepared)) {
    operations.end(id);
    budget.consume();
    return [...prepared];
  }
  if (!operations.isActive(id) || socket.readyState !== WebSocket.OPEN) {
    prepared.release();
    operations.end(id);
    // Not sent to anybody; it saves reading the order.
    return [new GraphQLError('The client has completed the operation.')];
  }
  releases.set(id, prepared.release);
  eventSink.setOperation(prepared.args, caller);
  return prepared.args;
}
