const TEXT = 1;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

/** A client's text message, with a mask of zero, which is allowed and needs no computation. */
export function textFrame(text: string): Buffer {
  return frame(TEXT, Buffer.from(text));
}

/** Parses the frames of one socket; a chunk may hold a part of a frame, or many of them. */
export class FrameReader {
  private rest = Buffer.alloc(0);

  /**
   * @param onText receives each message as a string
   * @param answer receives the bytes to be sent for a ping
   * @throws if the server closes or violates the protocol
   */
  read(chunk: Buffer, onText: (text: string) => void, answer: (bytes: Buffer) => void): void {
    let bytes = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    while (bytes.length >= 2) {
      const [first = 0, short = 0] = bytes;
      const opcode = first & 0x0f;
      const start = short < 126 ? 2 : 4;
      if (bytes.length < start) break;
      if (short > 126 || (first & 0x80) === 0) throw new Error('unexpected frame');
      const end = start + (short < 126 ? short : bytes.readUInt16BE(2));
      if (bytes.length < end) break;
      if (opcode === TEXT) onText(bytes.toString('latin1', start, end));
      else if (opcode === PING) answer(frame(PONG, bytes.subarray(start, end)));
      else
        throw new Error(opcode === CLOSE ? `closed with ${bytes.readUInt16BE(start)}` : `opcode ${opcode}`);
      bytes = bytes.subarray(end);
    }
    // A copy, as a subarray would keep the whole chunk in memory.
    this.rest = bytes.length === 0 ? EMPTY : Buffer.from(bytes);
  }
}

const EMPTY = Buffer.alloc(0);

function frame(opcode: number, payload: Uint8Array): Buffer {
  const header = Buffer.alloc(payload.length < 126 ? 6 : 8);
  header[0] = 0x80 | opcode;
  if (payload.length < 126) header[1] = 0x80 | payload.length;
  else {
    header[1] = 0x80 | 126;
    header.writeUInt16BE(payload.length, 2);
  }
  return Buffer.concat([header, payload]);
}
