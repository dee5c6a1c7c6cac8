import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';

/** No process says more than this before it is ready. */
const READ_LIMIT_BYTES = 262_144;

/** A process's log. The process itself writes to it, so that what it says costs us nothing and needs no memory. */
export class LogFile {
  /** To be given to a child process as its output. */
  readonly descriptor: number;
  private isClosed = false;

  constructor(readonly path: string) {
    this.descriptor = openSync(path, 'a+');
  }

  /** Where the next line will begin. */
  get endBytes(): number {
    return this.isClosed ? 0 : fstatSync(this.descriptor).size;
  }

  /** Nothing once it is closed: a server's last words may come after its end. */
  write(line: string): void {
    if (!this.isClosed) writeSync(this.descriptor, `${line}\n`);
  }

  /** A line of ours between those of the process. */
  note(what: string): void {
    this.write(`--- ${new Date().toISOString()} ${what}`);
  }

  /** What was written from there on, as far as the limit goes. */
  readFrom(startBytes: number): string {
    const length = Math.min(Math.max(this.endBytes - startBytes, 0), READ_LIMIT_BYTES);
    const buffer = Buffer.alloc(length);
    return buffer.toString('utf8', 0, readSync(this.descriptor, buffer, 0, length, startBytes));
  }

  /** The last lines that were written from there on. */
  lastLines(startBytes: number, lines: number): string[] {
    const from = Math.max(startBytes, this.endBytes - READ_LIMIT_BYTES);
    return this.readFrom(from).trimEnd().split('\n').slice(-lines);
  }

  close(): void {
    if (!this.isClosed) closeSync(this.descriptor);
    this.isClosed = true;
  }
}
