import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';

/** More than any process logs before it is ready. */
const READ_LIMIT_BYTES = 262_144;

/** The log of a child process, which writes to the file itself: that takes no time or memory here. */
export class LogFile {
  /** Pass this to a child process as its stdout and stderr. */
  readonly descriptor: number;
  private isClosed = false;

  constructor(readonly path: string) {
    this.descriptor = openSync(path, 'a+');
  }

  /** The offset of the next line. */
  get endBytes(): number {
    return this.isClosed ? 0 : fstatSync(this.descriptor).size;
  }

  /** Does nothing once closed: a server's last lines may come after its end. */
  write(line: string): void {
    if (!this.isClosed) writeSync(this.descriptor, `${line}\n`);
  }

  /** Writes a line about the process between its own lines. */
  note(what: string): void {
    this.write(`--- ${new Date().toISOString()} ${what}`);
  }

  /** The text from this offset on, up to READ_LIMIT_BYTES. */
  readFrom(startBytes: number): string {
    const length = Math.min(Math.max(this.endBytes - startBytes, 0), READ_LIMIT_BYTES);
    const buffer = Buffer.alloc(length);
    return buffer.toString('utf8', 0, readSync(this.descriptor, buffer, 0, length, startBytes));
  }

  /** The last lines after this offset. */
  lastLines(startBytes: number, lines: number): string[] {
    const from = Math.max(startBytes, this.endBytes - READ_LIMIT_BYTES);
    return this.readFrom(from).trimEnd().split('\n').slice(-lines);
  }

  close(): void {
    if (!this.isClosed) closeSync(this.descriptor);
    this.isClosed = true;
  }
}
