import {
  CloseCode,
  handleProtocols,
  makeServer,
  MessageType,
  parseMessage,
  type ServerOptions,
  stringifyMessage,
  type SubscribePayload,
} from 'graphql-ws';
import type { IncomingMessage } from 'node:http';
import type { WebSocket, WebSocketServer } from 'ws';
import { log } from '../platform/logger.js';

/** What each socket has. */
export interface SocketExtra {
  readonly socket: WebSocket;
  readonly request: IncomingMessage;
  /** The payload of the subscription that is about to begin. */
  payload: SubscribePayload | undefined;
}

type Options<Params extends Record<string, unknown>, Extra extends object> = ServerOptions<
  Params,
  SocketExtra & Extra
>;

/**
 * Connects graphql-ws to the sockets of a server, as its own `use/ws` does, but for one thing: graphql-ws keeps a
 * message, with the buffer that it came in, as long as its subscription lives. Here it gets a subscription without
 * its payload, which is in `extra` while onSubscribe is called.
 */
export function serveSockets<Params extends Record<string, unknown>, Extra extends object>(
  options: Options<Params, Partial<Extra>>,
  sockets: WebSocketServer,
  pingIntervalMs: number,
): { readonly dispose: () => Promise<void> } {
  const server = makeServer<Params, SocketExtra & Partial<Extra>>(options);
  sockets.options.handleProtocols = handleProtocols;
  sockets.on('connection', (socket, request) => {
    const extra: SocketExtra & Partial<Extra> = { socket, request, payload: undefined } as SocketExtra &
      Partial<Extra>;
    const pings = keepAlive(socket, pingIntervalMs);
    const closed = server.opened(
      {
        protocol: socket.protocol,
        send: (data) => send(socket, data),
        close: (code, reason) => {
          socket.close(code, reason);
        },
        onMessage: (take) => {
          socket.on('message', (data: Buffer) => {
            const { text, payload } = withoutPayload(String(data), options.jsonMessageReviver);
            extra.payload = payload;
            const taken = take(text);
            extra.payload = undefined;
            taken.catch((error: unknown) => {
              log.error({ err: error }, 'a message on a WebSocket failed unexpectedly');
              socket.close(CloseCode.InternalServerError, 'Internal server error');
            });
          });
        },
      },
      extra,
    );
    socket.once('close', (code, reason) => {
      pings.stop();
      closed(code, String(reason)).catch((error: unknown) => {
        log.error({ err: error }, 'the end of a WebSocket failed unexpectedly');
      });
    });
  });
  return { dispose: () => dispose(sockets) };
}

/** What graphql-ws is to be told, and the payload where it is a subscription's. */
function withoutPayload(
  text: string,
  reviver: ServerOptions['jsonMessageReviver'],
): { readonly text: string; readonly payload: SubscribePayload | undefined } {
  let message;
  try {
    message = parseMessage(text, reviver);
  } catch (error) {
    // graphql-ws finds the same, and closes the socket for it.
    log.debug({ err: error }, 'a message on a WebSocket is not valid');
    return { text, payload: undefined };
  }
  if (message.type !== MessageType.Subscribe) return { text, payload: undefined };
  const { id, type, payload } = message;
  return { text: stringifyMessage({ id, type, payload: { query: '' } }), payload };
}

async function send(socket: WebSocket, data: string): Promise<void> {
  if (socket.readyState !== socket.OPEN) return;
  await new Promise<void>((resolve) => {
    socket.send(data, (error) => {
      // Its client is gone, and its close follows.
      if (error != null) log.debug({ err: error }, 'a message could not be sent to a WebSocket');
      resolve();
    });
  });
}

/** Ends a socket that has not answered one ping when the next is due. */
function keepAlive(socket: WebSocket, intervalMs: number): { readonly stop: () => void } {
  let isAnswered = true;
  socket.on('pong', () => {
    isAnswered = true;
  });
  const timer = setInterval(() => {
    if (!isAnswered) socket.terminate();
    else if (socket.readyState === socket.OPEN) {
      isAnswered = false;
      socket.ping();
    }
  }, intervalMs);
  return {
    stop: () => {
      clearInterval(timer);
    },
  };
}

async function dispose(sockets: WebSocketServer): Promise<void> {
  for (const socket of sockets.clients) socket.close(1_001, 'Going away');
  sockets.removeAllListeners();
  await new Promise<void>((resolve, reject) => {
    sockets.close((error) => {
      if (error === undefined) resolve();
      else reject(error);
    });
  });
}
