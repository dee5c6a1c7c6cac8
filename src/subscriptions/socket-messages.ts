import { CloseCode, MessageType, type SubscribeMessage, validateMessage } from 'graphql-ws';
import { WebSocket } from 'ws';
import { log } from '../platform/observability/logger.js';
import type { SocketState } from './socket-state.js';

type Message = Readonly<Record<string, unknown>>;

/** graphql-ws would treat these as internal errors. */
const SERVER_MESSAGES: readonly unknown[] = ['connection_ack', 'next', 'error'];

/**
 * Translates a client's message for graphql-ws: operations get inner ids, and the payload of a subscription is kept
 * back, since graphql-ws would keep the whole message for as long as the subscription lives. Counts the messages that
 * consume no points, and closes the socket where the protocol says so.
 * @returns the text for graphql-ws; undefined where it is to read none
 */
export function translateMessage(text: string, state: SocketState): string | undefined {
  const { socket, operations, budget } = state;
  // It is closing: the client has sent the message before it knew.
  if (socket.readyState !== WebSocket.OPEN) return undefined;
  const message = parse(text);
  if (SERVER_MESSAGES.includes(message?.['type'])) {
    socket.close(CloseCode.BadRequest, 'Invalid message received');
    return undefined;
  }
  const id = message?.['id'];
  if (message !== undefined && typeof id === 'string' && id !== '') {
    // Not counted here: a subscription consumes points, and one that is rejected is counted then.
    if (message['type'] === 'subscribe') return translateSubscribe(message, operations.open(id), state);
    const innerId = message['type'] === 'complete' ? operations.complete(id) : undefined;
    // Not counted either: there is at most one for each subscribe.
    if (innerId !== undefined) return JSON.stringify({ type: 'complete', id: innerId });
  }
  return budget.consume() ? text : undefined;
}

function translateSubscribe(
  { payload }: Message,
  innerId: string | undefined,
  { socket, payloads }: SocketState,
): string | undefined {
  if (innerId === undefined) {
    socket.close(CloseCode.SubscriberAlreadyExists, 'Subscriber already exists');
    return undefined;
  }
  const message = { type: MessageType.Subscribe, id: innerId, payload };
  if (!isSubscribe(message)) {
    socket.close(CloseCode.BadRequest, 'Invalid message received');
    return undefined;
  }
  const { query, operationName, variables } = message.payload;
  payloads.set(innerId, {
    query,
    ...(operationName === undefined ? {} : { operationName }),
    ...(variables === undefined ? {} : { variables }),
  });
  return JSON.stringify({ ...message, payload: { query: '' } });
}

function isSubscribe(message: unknown): message is SubscribeMessage {
  try {
    return validateMessage(message).type === MessageType.Subscribe;
  } catch (error) {
    log.debug({ err: error }, 'a message on a WebSocket is not valid');
    return false;
  }
}

/** Undefined where the text is no JSON object; graphql-ws rejects it then. */
function parse(text: string): Message | undefined {
  try {
    const message: unknown = JSON.parse(text);
    return isObject(message) ? message : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Message {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
