import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { SHARED_ID } from './shared-id.js';

/** The recipients: one event for all sockets, or one event for each socket. */
export interface BareEvent {
  readonly event: 'all' | 'each';
}

/**
 * The comparison for the fan-out: `ws` and nothing else. An event for all is serialised once and sent to each
 * socket; an event for each is serialised for each. The messages are as long as the system's.
 */
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
const ids = new Map<WebSocket, string>();
let version = 1;

const message = (id: string, orderId: string) =>
  Buffer.from(
    JSON.stringify({
      id,
      type: 'next',
      payload: {
        data: {
          orderEvents: {
            orderId,
            version,
            type: 'PAYMENT_ATTEMPT_FAILED',
            status: 'PAYMENT_PROCESSING',
            previousStatus: 'PAYMENT_PROCESSING',
            detail: null,
            occurredAt: new Date().toISOString(),
          },
        },
      },
    }),
  );
const send = (socket: WebSocket, bytes: Buffer) => {
  socket.send(bytes, { binary: false });
};

server.on('connection', (socket, request) => {
  const id = request.url?.split('?')[1] ?? '';
  ids.set(socket, id);
  send(socket, message(id, id));
});
process.on('message', ({ event }: BareEvent) => {
  version += 1;
  // It contains the socket's own id, or one of the same length.
  const shared = event === 'all' ? message(SHARED_ID, SHARED_ID) : undefined;
  for (const [socket, id] of ids) send(socket, shared ?? message(id, id));
});
process.on('SIGTERM', () => process.exit(0));

server.on('listening', () => {
  const { port } = server.address() as AddressInfo;
  console.log(JSON.stringify({ url: `http://127.0.0.1:${port}`, msg: 'ready' }));
});
