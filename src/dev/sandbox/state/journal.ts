import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';

/** The position of a line in the journal, in bytes. */
export interface Location {
  readonly offset: number;
  readonly length: number;
}

type OnLine = (text: string, location: Location) => void;

const CHUNK_BYTES = 1 << 20;
const NEWLINE = 10;

/**
 * An append-only file of lines. append() returns after the line is in the page cache, so it survives the death of the
 * process. It is not flushed to disk: a sandbox need not survive a power failure.
 */
export class Journal {
  #file: number | undefined;
  #size = 0;

  /**
   * Opens or creates the file, and reads its lines.
   *
   * @param onLine is called for each line in order, and throws a SyntaxError for an unreadable one
   * @param log is called where a torn last line was dropped
   * @throws where a line other than the last is unreadable
   */
  constructor(path: string, onLine: OnLine, log: (line: string) => void) {
    const file = openSync(path, 'a+');
    try {
      this.#size = readLines(file, onLine);
      const torn = fstatSync(file).size - this.#size;
      if (torn > 0) {
        // The process died while writing it, so no client has had a response for this change.
        ftruncateSync(file, this.#size);
        log(`payment sandbox: dropped a torn last line of ${torn} bytes from the journal`);
      }
      this.#file = file;
    } catch (error) {
      closeSync(file);
      throw error;
    }
  }

  /** The file's size in bytes. */
  get size(): number {
    return this.#size;
  }

  /** Appends a line, given without newline. If the write fails, the journal stays unchanged. */
  append(line: string): Location {
    const file = this.#openFile();
    const bytes = Buffer.from(`${line}\n`);
    const location = { offset: this.#size, length: bytes.length };
    try {
      let written = 0;
      while (written < bytes.length) written += writeSync(file, bytes, written);
    } catch (error) {
      ftruncateSync(file, this.#size);
      throw error;
    }
    this.#size += bytes.length;
    return location;
  }

  /** Reads one line back. */
  read({ offset, length }: Location): string {
    const bytes = Buffer.allocUnsafe(length);
    const count = readSync(this.#openFile(), bytes, 0, length, offset);
    if (count !== length) throw new Error(`the journal ends before byte ${offset}`);
    return bytes.toString('utf8', 0, count - 1);
  }

  /** Flushes the file to disk, and closes it. */
  close(): void {
    const file = this.#openFile();
    fsyncSync(file);
    closeSync(file);
    this.#file = undefined;
  }

  // The descriptor of a closed file may have been reused for another file.
  #openFile(): number {
    if (this.#file === undefined) throw new Error('the journal is closed');
    return this.#file;
  }
}

/** Calls onLine for each complete line. @returns the offset after the last readable one */
function readLines(file: number, onLine: OnLine): number {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  const size = fstatSync(file).size;
  let rest = Buffer.alloc(0);
  let offset = 0;
  for (;;) {
    const count = readSync(file, chunk, 0, CHUNK_BYTES, offset + rest.length);
    if (count === 0) return offset;
    const held = Buffer.concat([rest, chunk.subarray(0, count)]);
    let start = 0;
    for (let end = held.indexOf(NEWLINE); end >= 0; end = held.indexOf(NEWLINE, start)) {
      const length = end + 1 - start;
      try {
        onLine(held.toString('utf8', start, end), { offset, length });
      } catch (error) {
        if (offset + length === size && error instanceof SyntaxError) return offset;
        throw new Error(`the journal cannot be read at byte ${offset}`, { cause: error });
      }
      offset += length;
      start = end + 1;
    }
    rest = held.subarray(start);
  }
}
