import { randomBytes } from 'node:crypto';

/** A frame of RFC 6455, section 5.2, each part of which may be invalid. */
export interface Frame {
  readonly payload: string | Uint8Array;
  /** 1 text, 2 binary, 8 close, 9 ping, 10 pong, 0 continuation; others are reserved. */
  readonly opcode?: number;
  readonly fin?: boolean;
  /** The three reserved bits. */
  readonly reserved?: number;
  /** A client's frame must be masked. */
  readonly masked?: boolean;
  /** A false length of the payload. */
  readonly claimedLength?: bigint;
}

export const CONTINUATION = 0;
const TEXT = 1;
export const CLOSE = 8;

export function encodeFrame({
  payload: content,
  opcode = TEXT,
  fin = true,
  reserved = 0,
  ...rest
}: Frame): Buffer {
  const payload = Buffer.from(content);
  const { masked = true, claimedLength = BigInt(payload.length) } = rest;
  const first = (fin ? 0x80 : 0) | (reserved << 4) | opcode;
  const head = Buffer.concat([Buffer.of(first), encodeLength(claimedLength, masked ? 0x80 : 0)]);
  if (!masked) return Buffer.concat([head, payload]);
  const mask = randomBytes(4);
  return Buffer.concat([head, mask, payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0))]);
}

function encodeLength(length: bigint, maskBit: number): Buffer {
  if (length < 126n) return Buffer.of(maskBit | Number(length));
  if (length < 65_536n) {
    const short = Buffer.of(maskBit | 126, 0, 0);
    short.writeUInt16BE(Number(length), 1);
    return short;
  }
  const long = Buffer.alloc(9);
  long[0] = maskBit | 127;
  long.writeBigUInt64BE(BigInt.asUintN(64, length), 1);
  return long;
}

export interface Received {
  /** The first line of the answer to the handshake. */
  readonly status: string;
  readonly texts: readonly string[];
  /** Undefined if the connection ended without a close frame. */
  readonly closeCode: number | undefined;
}

/** Decodes what a server has sent: the answer to the handshake, then frames. */
export function decodeServer(bytes: Buffer): Received {
  const headEnd = bytes.indexOf('\r\n\r\n');
  const status = bytes.subarray(0, Math.max(0, bytes.indexOf('\r\n'))).toString();
  const texts: string[] = [];
  let closeCode: number | undefined;
  let at = headEnd < 0 || !status.includes(' 101 ') ? bytes.length : headEnd + 4;
  while (at + 2 <= bytes.length) {
    const opcode = bytes.readUInt8(at) & 0x0f;
    const short = bytes.readUInt8(at + 1) & 0x7f;
    const start = at + (short < 126 ? 2 : short === 126 ? 4 : 10);
    if (start > bytes.length) break;
    const length =
      short < 126
        ? short
        : short === 126
          ? bytes.readUInt16BE(at + 2)
          : Number(bytes.readBigUInt64BE(at + 2));
    const payload = bytes.subarray(start, start + length);
    if (opcode === TEXT && payload.length === length) texts.push(payload.toString());
    if (opcode === CLOSE && payload.length >= 2) closeCode = payload.readUInt16BE(0);
    at = start + length;
  }
  return { status, texts, closeCode };
}
