import { WebSocketServer } from 'ws';
import { SHARED_ID } from './shared-id.js';

/**
 * What the fan-out is compared with: `ws` and nothing else. An event for all is serialised once and sent to each
 * socket; an event for each is serialised for each. The messages are as long as the system's.
 */
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
const ids = new Map();
let version = 1;

const message = (id, orderId) =>
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
const send = (socket, bytes) => {
  socket.send(bytes, { binary: false });
};

server.on('connection', (socket, request) => {
  const id = request.url.split('?')[1];
  ids.set(socket, id);
  send(socket, message(id, id));
});
process.on('message', ({ event }) => {
  version += 1;
  // Every socket finds its own id in it, or the length of one.
  const shared = event === 'all' ? message(SHARED_ID, SHARED_ID) : undefined;
  for (const [socket, id] of ids) send(socket, shared ?? message(id, id));
});
process.on('SIGTERM', () => process.exit(0));

server.on('listening', () => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}`, msg: 'ready' }));
});
