import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { withTimeout } from '../../src/platform/with-timeout.js';
import { ADMITTED, ORDER_ID, OVERSIZE, type Part, part, TOKEN, WATCHING } from './hostile-frames.js';
import { often } from './hostile-values.js';
import { decodeServer, encodeFrame, type Received } from './web-socket-frames.js';

/** What a client sends, and how it disconnects. */
export interface HostileSocket {
  readonly customer: number;
  readonly handshake: string;
  readonly parts: readonly Part[];
  /** How long it waits for answers before it disconnects. */
  readonly patienceMs: number;
  /** By ending its side, destroying the socket, or a reset. */
  readonly leaves: 'end' | 'destroy' | 'reset';
}

export const CUSTOMERS = 100;
/** How long a server may take to close a connection whose client has ended its side. */
const END_TIMEOUT_MS = 10_000;
/** Answers that the client waits for before it sends the next part. */
const ANSWERS = new Map<Part, string>([
  [ADMITTED, 'connection_ack'],
  [WATCHING, '"orderEvents"'],
]);
/** The bound for these answers, since not every handshake is accepted. */
const ANSWERED_WITHIN_MS = 300;

const handshake = (changed: Record<string, string> = {}, path = '/graphql'): string => {
  const headers = {
    Host: '127.0.0.1',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Protocol': 'graphql-transport-ws',
    ...changed,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return `GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
};
const handshakes = fc.oneof(
  often(30, fc.constant(handshake())),
  often(
    1,
    fc.constantFrom(
      handshake({ 'Sec-WebSocket-Version': '12' }),
      handshake({ 'Sec-WebSocket-Key': 'short' }),
      handshake({ 'Sec-WebSocket-Protocol': 'graphql-ws' }),
      handshake({ 'Sec-WebSocket-Protocol': ',,;' }),
      handshake({ 'Sec-WebSocket-Extensions': 'permessage-deflate; server_max_window_bits=99' }),
      handshake({ Upgrade: 'h2c' }),
      handshake({ 'Content-Length': '-1' }),
      handshake({ 'X-Long': 'x'.repeat(20_000) }),
      handshake({}, '/other'),
      handshake({}, '//'),
      handshake({}, '*'),
      handshake().slice(0, 80),
    ),
  ),
);

/** Is refused, and disconnects before it reads that. */
export const HASTY: HostileSocket = {
  customer: 0,
  handshake: handshake({}, '/other'),
  parts: [new Uint8Array(65_536)],
  patienceMs: 0,
  leaves: 'reset',
};

/** Are refused, and send more than the server reads. */
export const REFUSED: readonly HostileSocket[] = (['end', 'destroy'] as const).map((leaves) => ({
  ...HASTY,
  parts: [new Uint8Array(1_000_000)],
  leaves,
}));

const BAD_TOKEN: Part = [
  { payload: JSON.stringify({ type: 'connection_init', payload: { Authorization: 'Bearer none' } }) },
];

/** One client for each close code of a bad message, since random clients may miss the rare ones. */
export const CLOSED_WITH: ReadonlyMap<number, HostileSocket> = new Map(
  (
    [
      [1002, [ADMITTED, [{ payload: '{}', masked: false }]]],
      [1007, [ADMITTED, [{ payload: Uint8Array.of(0xff) }]]],
      [1009, [ADMITTED, [{ payload: OVERSIZE }]]],
      [4400, [ADMITTED, [{ payload: 'no JSON' }]]],
      [4401, [WATCHING]],
      [4403, [BAD_TOKEN]],
      [4429, [ADMITTED, ADMITTED]],
    ] satisfies [number, Part[]][]
  ).map(([code, parts]) => [
    code,
    { customer: 0, handshake: handshake(), parts, patienceMs: END_TIMEOUT_MS, leaves: 'end' },
  ]),
);

export const hostileSocket: fc.Arbitrary<HostileSocket> = fc.record({
  customer: fc.nat(CUSTOMERS - 1),
  handshake: handshakes,
  parts: fc
    .tuple(
      fc.constantFrom<Part[]>([], [ADMITTED], [ADMITTED, WATCHING]),
      fc.array(part, { minLength: 1, maxLength: 6 }),
    )
    .map(([first, parts]) => [...first, ...parts]),
  patienceMs: fc.constantFrom(0, 50),
  leaves: fc.oneof(
    often(6, fc.constant('end' as const)),
    often(1, fc.constantFrom('destroy' as const, 'reset' as const)),
  ),
});

/**
 * Runs one client. @returns what it received until the connection was closed
 * @throws if the server does not close the connection
 */
export async function play(
  url: string,
  token: string,
  orderId: string,
  client: HostileSocket,
): Promise<Received> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  const answered = async (text: string) =>
    new Promise<void>((resolve) => {
      socket.on('data', () => {
        if (Buffer.concat(chunks).includes(text)) resolve();
      });
    });
  // A server may cut the connection of a client that sends what it must not.
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => socket.on('close', resolve));
  await Promise.race([closed, new Promise((resolve) => socket.on('connect', resolve))]);
  if (socket.destroyed) throw new Error('the server accepted no connection');
  socket.setNoDelay(true);
  socket.write(client.handshake);
  for (const part of client.parts) {
    // Some parts are sent together, some after the one before was handled.
    if (chunks.length > 0) await delay(1);
    if (socket.writable) socket.write(encode(part, token, orderId));
    const awaited = ANSWERS.get(part);
    if (awaited !== undefined) await Promise.race([answered(awaited), closed, delay(ANSWERED_WITHIN_MS)]);
  }
  if (client.patienceMs > 0) await Promise.race([closed, delay(client.patienceMs)]);
  await leave(socket, client.leaves, closed);
  return decodeServer(Buffer.concat(chunks));
}

function encode(part: Part, token: string, orderId: string): Uint8Array {
  if (part instanceof Uint8Array) return part;
  const frames = part.map(({ payload, ...frame }) => {
    const filled =
      typeof payload === 'string' ? payload.replace(TOKEN, token).replace(ORDER_ID, orderId) : payload;
    return encodeFrame({ ...frame, payload: filled });
  });
  return Buffer.concat(frames);
}

/** @throws if the server does not close the connection after the client has ended its side */
async function leave(socket: Socket, how: HostileSocket['leaves'], closed: Promise<unknown>): Promise<void> {
  if (how === 'destroy') socket.destroy();
  else if (how === 'reset') socket.resetAndDestroy();
  else socket.end();
  try {
    await withTimeout(END_TIMEOUT_MS, 'the end of a socket', closed);
  } finally {
    socket.destroy();
  }
}
