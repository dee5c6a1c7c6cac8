import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import type { CrowdNews, CrowdTask, Subscription } from './crowd-messages.js';
import { FrameReader, textFrame } from './frames.js';
import { SHARED_ID } from './shared-id.js';

/** A process of subscribers, one a socket, for crowd.ts. It parses as little as possible, and checks every event. */
const PARALLEL = 200;
const EVENT = /"version":(\d+)/;

const sockets = new Set<Socket>();
let received = 0;
let awaited = Infinity;

function tell(news: CrowdNews): void {
  process.send?.(news);
}

function fail(fault: string): void {
  tell({ fault });
}

/** Resolves with its first event, when it is subscribed. */
function open({ host, port, id, init, subscribe }: Subscription): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, noDelay: true });
    const reader = new FrameReader();
    let head = '';
    let last: number | undefined;
    const onText = (text: string) => {
      if (text.includes('"type":"connection_ack"')) socket.write(textFrame(subscribe));
      if (text.includes('"type":"error"')) fail(`${id} got ${text}`);
      if (!text.includes('"type":"next"')) return;
      const version = Number(EVENT.exec(text)?.[1]);
      const isMine = text.includes(id) || text.includes(SHARED_ID);
      if (!isMine || !(version > 0) || (last !== undefined && version !== last + 1))
        fail(`${id} got ${text} after version ${String(last)}`);
      if (last === undefined) resolve();
      last = version;
      received += 1;
      if (received === awaited) tell({ done: true });
    };
    const read = (chunk: Buffer) => {
      try {
        reader.read(chunk, onText, (bytes) => socket.write(bytes));
      } catch (error) {
        fail(`${id}: ${error instanceof Error ? error.message : String(error)}`);
        socket.destroy();
      }
    };
    const readHead = (chunk: Buffer) => {
      head += chunk.toString('latin1');
      const end = head.indexOf('\r\n\r\n');
      if (end === -1) return;
      if (!head.startsWith('HTTP/1.1 101 ')) fail(head.slice(0, end));
      socket.off('data', readHead).on('data', read);
      socket.write(textFrame(init));
      if (head.length > end + 4) read(Buffer.from(head.slice(end + 4), 'latin1'));
    };
    socket.on('data', readHead);
    socket.on('error', (error) => {
      fail(`${id}: ${error.message}`);
    });
    socket.on('close', () => {
      if (sockets.delete(socket)) fail(`${id} was closed`);
    });
    socket.write(
      `GET /graphql?${id} HTTP/1.1\r\nhost: bench\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-protocol: graphql-transport-ws\r\nsec-websocket-key: ${randomBytes(16).toString('base64')}\r\n\r\n`,
    );
    sockets.add(socket);
  });
}

async function openAll(wanted: readonly Subscription[]): Promise<void> {
  const queue = [...wanted];
  const worker = async () => {
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) await open(next);
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
  tell({ done: true });
}

process.on('message', ({ open: wanted, expect }: CrowdTask) => {
  if (wanted !== undefined) void openAll(wanted);
  if (expect === undefined) return;
  received = 0;
  awaited = expect;
  tell({ done: true });
});
// End with the parent.
process.on('disconnect', () => process.exit(0));
