import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import type { CallError, FrameEnd, FrameEntry, HistoryEntry, Operation, SeenEvent } from './evidence.js';

/** Records requests and answers in memory and in files, so that a drill that crashes leaves its record. */
export class Recorder {
  readonly history: HistoryEntry[] = [];
  readonly frames: FrameEntry[] = [];
  private readonly startedAt = performance.now();
  private readonly historyFile: LineFile;
  private readonly framesFile: LineFile;
  private calls = 0;

  constructor(directory: string) {
    mkdirSync(directory, { recursive: true });
    this.historyFile = new LineFile(join(directory, 'history.jsonl'));
    this.framesFile = new LineFile(join(directory, 'frames.jsonl'));
  }

  /** Milliseconds since the run's start, to the microsecond. */
  now(): number {
    return Math.round((performance.now() - this.startedAt) * 1_000) / 1_000;
  }

  /** Returns the call's number, for its completion and its frames. */
  invoke(customer: string, operation: Operation): number {
    this.calls += 1;
    this.add({ type: 'invoke', at: this.now(), call: this.calls, customer, operation });
    return this.calls;
  }

  ok(call: number, answer: unknown): void {
    this.add({ type: 'ok', at: this.now(), call, answer });
  }

  fail(call: number, error: CallError): void {
    this.add({ type: 'fail', at: this.now(), call, error });
  }

  info(call: number, error: CallError): void {
    this.add({ type: 'info', at: this.now(), call, error });
  }

  frame(call: number, event: SeenEvent): void {
    this.addFrame({ type: 'frame', at: this.now(), call, event });
  }

  /** The end of a subscription, which also completes its call in the history with `ok`, however it ended. */
  end(call: number, how: FrameEnd['how'], error?: CallError): void {
    this.addFrame({ type: 'end', at: this.now(), call, how, ...(error === undefined ? {} : { error }) });
    this.ok(call, null);
  }

  /** @throws if something could not be written */
  async close(): Promise<void> {
    await Promise.all([this.historyFile.close(), this.framesFile.close()]);
  }

  private add(entry: HistoryEntry): void {
    this.history.push(entry);
    this.historyFile.write(entry);
  }

  private addFrame(entry: FrameEntry): void {
    this.frames.push(entry);
    this.framesFile.write(entry);
  }
}

/** JSON, one value a line. */
class LineFile {
  private readonly stream: WriteStream;
  private failure: Error | undefined;

  constructor(path: string) {
    this.stream = createWriteStream(path, { flags: 'a' });
    this.stream.on('error', (error) => {
      this.failure ??= error;
    });
  }

  write(value: unknown): void {
    if (this.failure === undefined) this.stream.write(`${JSON.stringify(value)}\n`);
  }

  async close(): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    this.stream.end();
    await finished(this.stream);
  }
}
