import type { WebSocket } from 'ws';
import type { Config } from '../config.js';

/** The WebSocket protocol's close code for whoever does not keep to the rules (RFC 6455, section 7.4.1). */
const POLICY_VIOLATION = 1008;
const MINUTE_MS = 60_000;

/** What one socket, and all sockets of one customer, may take of this process. */
export class SocketLimits {
  private readonly socketsOf = new Map<string, number>();

  constructor(private readonly limits: Config['webSocket']) {}

  /** Watches what a new socket sends. To be called before anybody else listens to it. */
  watch(socket: WebSocket): void {
    let messages = 0;
    let minuteEndsMs = Date.now() + MINUTE_MS;
    const count = () => {
      if (Date.now() >= minuteEndsMs) {
        messages = 0;
        minuteEndsMs = Date.now() + MINUTE_MS;
      }
      messages += 1;
      if (messages > this.limits.messagesPerMinute) endFor(socket, POLICY_VIOLATION, 'Too many messages');
      // What it is answered, it has to read.
      else this.endWhereUnread(socket);
    };
    for (const kind of ['message', 'ping', 'pong'] as const) socket.on(kind, count);
  }

  /** Ends a socket whose client does not read what it is sent, so that it takes no more memory. */
  endWhereUnread(socket: WebSocket): void {
    if (socket.bufferedAmount > this.limits.bufferLimitBytes) socket.terminate();
  }

  /** One more socket of a customer; false where there are enough of them, and the socket is to be closed. */
  enter(customerId: string): boolean {
    const sockets = this.socketsOf.get(customerId) ?? 0;
    if (sockets >= this.limits.socketLimitPerCustomer) return false;
    this.socketsOf.set(customerId, sockets + 1);
    return true;
  }

  /** To be called once for each enter() that was true. */
  leave(customerId: string): void {
    const left = (this.socketsOf.get(customerId) ?? 0) - 1;
    if (left > 0) this.socketsOf.set(customerId, left);
    else this.socketsOf.delete(customerId);
  }
}

/** Says why and listens no more; ws itself ends it where the client does not agree in time. */
function endFor(socket: WebSocket, code: number, reason: string): void {
  for (const kind of ['message', 'ping', 'pong']) socket.removeAllListeners(kind);
  socket.close(code, reason);
}
