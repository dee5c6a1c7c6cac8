import {
  CloseCode,
  MessageType,
  type Server as ProtocolServer,
  type SubscribeMessage,
  type SubscribePayload,
  validateMessage,
} from 'graphql-ws';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, type WebSocketServer } from 'ws';
import { log } from '../platform/observability/logger.js';
import type { MessageBudget, SocketLimits } from './socket-limits.js';
import { SocketOperations, withClientId } from './socket-operations.js';

/** What graphql-ws hands back with each of its calls. */
export interface SocketExtra {
  readonly socket: WebSocket;
  readonly request: IncomingMessage;
  readonly operations: SocketOperations;
  readonly budget: MessageBudget;
  /** By inner id: what graphql-ws is not given of subscriptions that are about to begin. */
  readonly payloads: Map<string, SubscribePayload>;
  /** By inner id: ends the count of what a subscription retains. */
  readonly releases: Map<string, () => void>;
}

interface Options {
  readonly server: ProtocolServer<SocketExtra>;
  readonly limits: SocketLimits;
  readonly pingIntervalMs: number;
}

/** The WebSocket protocol's close code for a server that stops (RFC 6455, section 7.4.1). */
const GOING_AWAY = 1001;

type Message = Readonly<Record<string, unknown>>;

/** graphql-ws would take them for faults of its own. */
const SERVER_MESSAGES: readonly unknown[] = ['connection_ack', 'next', 'error'];

/**
 * Connects a WebSocket with graphql-ws. Messages are read here first: what they are for decides whether they are
 * counted, operations get inner ids, and of a subscription nothing is kept that it doesn't need.
 */
export function serveSocket(
  socket: WebSocket,
  request: IncomingMessage,
  { server, limits, pingIntervalMs }: Options,
): void {
  const extra = {
    socket,
    request,
    operations: new SocketOperations(),
    budget: limits.messageBudget(socket),
    payloads: new Map<string, SubscribePayload>(),
    releases: new Map<string, () => void>(),
  };
  // ws closes a socket after an error, such as a frame too large.
  socket.on('error', (error) => {
    log.debug({ err: error }, 'a WebSocket failed');
  });
  for (const frame of ['ping', 'pong'] as const) {
    socket.on(frame, () => {
      // What it is answered, it has to read.
      if (extra.budget.consume()) limits.endWhereUnread(socket);
    });
  }
  const tellClosed = server.opened(
    {
      protocol: socket.protocol,
      send: (message) => send(socket, withClientId(message), limits),
      close: (code, reason) => {
        socket.close(code, reason);
      },
      onMessage: (handle) => {
        socket.on('message', (data: Buffer) => {
          const message = accept(data.toString(), extra);
          if (message !== undefined) handle(message).catch(closeFailed(socket));
        });
      },
    },
    extra,
  );
  endWhenSilent(socket, pingIntervalMs);
  socket.once('close', (code, reason) => {
    tellClosed(code, reason.toString()).catch(closeFailed(socket));
  });
}

/** The text that graphql-ws is to read; undefined where it is to read none. */
function accept(text: string, extra: SocketExtra): string | undefined {
  const { socket, operations, budget } = extra;
  // The client has not heard yet that it was closed.
  if (socket.readyState !== WebSocket.OPEN) return undefined;
  const message = parse(text);
  if (SERVER_MESSAGES.includes(message?.['type'])) {
    socket.close(CloseCode.BadRequest, 'Invalid message received');
    return undefined;
  }
  const id = message?.['id'];
  if (message !== undefined && typeof id === 'string' && id !== '') {
    // Points limit those that are admitted; one that is refused is counted then.
    if (message['type'] === 'subscribe') return acceptSubscribe(message, operations.open(id), extra);
    const innerId = message['type'] === 'complete' ? operations.complete(id) : undefined;
    // There is at most one for each subscribe.
    if (innerId !== undefined) return JSON.stringify({ type: 'complete', id: innerId });
  }
  return budget.consume() ? text : undefined;
}

function acceptSubscribe(
  { payload }: Message,
  innerId: string | undefined,
  { socket, payloads }: SocketExtra,
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
  // graphql-ws keeps the whole message for as long as the subscription lives, so it gets no more than it needs.
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

/** Undefined where it is no object in JSON; graphql-ws then refuses it. */
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

async function send(socket: WebSocket, message: string, limits: SocketLimits): Promise<void> {
  if (socket.readyState !== WebSocket.OPEN) return;
  await new Promise<void>((resolve, reject) => {
    socket.send(message, (error) => {
      if (error == null) resolve();
      else reject(error);
    });
    limits.endWhereUnread(socket);
  });
}

/** A socket that has not answered one ping when the next is due is ended. */
function endWhenSilent(socket: WebSocket, pingIntervalMs: number): void {
  let isAnswered = true;
  const pings = setInterval(() => {
    if (!isAnswered) {
      socket.terminate();
    } else if (socket.readyState === WebSocket.OPEN) {
      isAnswered = false;
      socket.ping();
    }
  }, pingIntervalMs);
  socket.on('pong', () => {
    isAnswered = true;
  });
  socket.once('close', () => {
    clearInterval(pings);
  });
}

function closeFailed(socket: WebSocket): (error: unknown) => void {
  return (error) => {
    // Nobody is there to be told of it.
    if (socket.readyState !== WebSocket.OPEN) {
      log.debug({ err: error }, 'a message to a closed WebSocket was not sent');
      return;
    }
    log.error({ err: error }, 'a WebSocket message could not be handled');
    socket.close(CloseCode.InternalServerError, 'Internal server error');
  };
}

/** Closes every socket, and takes no more. Resolves when all are closed. */
export async function closeSockets(server: WebSocketServer): Promise<void> {
  for (const socket of server.clients) socket.close(GOING_AWAY, 'Going away');
  await new Promise<void>((resolve, reject) => {
    server.close((error) => {
      if (error === undefined) resolve();
      else reject(error);
    });
  });
}

/** Answers an upgrade that is not taken. */
export function refuse(socket: Duplex, status: string, headers = ''): void {
  // The client may be gone already, and nobody else listens for that.
  socket.on('error', (error) => {
    log.debug({ err: error }, 'a refused upgrade failed');
  });
  // A client that does not close its side would stay for good.
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n${headers}Content-Length: 0\r\n\r\n`);
}
