import { CloseCode, type Server as ProtocolServer } from 'graphql-ws';
import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { log } from '../platform/observability/logger.js';
import type { SocketLimits } from './socket-limits.js';
import { translateMessage } from './socket-messages.js';
import { SocketOperations, withClientId } from './socket-operations.js';
import type { SocketState } from './socket-state.js';

interface Options {
  readonly address: string;
  readonly protocol: ProtocolServer<SocketState>;
  readonly limits: SocketLimits;
  readonly pingIntervalMs: number;
}

/** Connects a WebSocket with graphql-ws, and translates their messages: see socket-messages.ts. */
export function serveSocket(
  socket: WebSocket,
  request: IncomingMessage,
  { address, protocol, limits, pingIntervalMs }: Options,
): void {
  const state: SocketState = {
    socket,
    request,
    address,
    operations: new SocketOperations(),
    budget: limits.messageBudget(socket),
    payloads: new Map(),
    releases: new Map(),
  };
  // ws closes a socket after an error, such as a frame too large.
  socket.on('error', (error) => {
    log.debug({ err: error }, 'a WebSocket failed');
  });
  for (const frame of ['ping', 'pong'] as const) {
    socket.on(frame, () => {
      // A ping is answered with a pong, which may stay unread as well.
      if (state.budget.consume()) limits.terminateIfUnread(socket);
    });
  }
  const onClosed = protocol.opened(
    {
      protocol: socket.protocol,
      send: (message) => send(socket, withClientId(message), limits),
      close: (code, reason) => {
        socket.close(code, reason);
      },
      onMessage: (handle) => {
        socket.on('message', (data: Buffer) => {
          const message = translateMessage(data.toString(), state);
          if (message !== undefined) handle(message).catch(closeAfterFailure(socket));
        });
      },
    },
    state,
  );
  terminateWhenSilent(socket, pingIntervalMs);
  socket.once('close', (code, reason) => {
    onClosed(code, reason.toString()).catch(closeAfterFailure(socket));
  });
}

async function send(socket: WebSocket, message: string, limits: SocketLimits): Promise<void> {
  if (socket.readyState !== WebSocket.OPEN) return;
  await new Promise<void>((resolve, reject) => {
    socket.send(message, (error) => {
      if (error == null) resolve();
      else reject(error);
    });
    limits.terminateIfUnread(socket);
  });
}

/** Terminates a socket that has not answered one ping when the next is due. */
function terminateWhenSilent(socket: WebSocket, pingIntervalMs: number): void {
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

function closeAfterFailure(socket: WebSocket): (error: unknown) => void {
  return (error) => {
    if (socket.readyState !== WebSocket.OPEN) {
      log.debug({ err: error }, 'a message to a closed WebSocket was not sent');
      return;
    }
    log.error({ err: error }, 'a WebSocket message could not be handled');
    socket.close(CloseCode.InternalServerError, 'Internal server error');
  };
}
