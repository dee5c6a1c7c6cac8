import type { Socket } from 'node:net';

/** The present state of the network, in one direction. */
export interface Weather {
  readonly delayMs: number;
  readonly swallows: boolean;
}

interface Late {
  readonly dueMs: number;
  /** null for the end of the stream. */
  readonly chunk: Buffer | null;
}

/** The maximum of delayed bytes, like a network's buffers. */
const LATE_BYTES_LIMIT = 1_048_576;

/** One direction of a connection: forwards what one end sends, delayed or not at all. */
export class Lane {
  private readonly late: Late[] = [];
  private lateBytes = 0;
  private timer: NodeJS.Timeout | undefined;
  /** Part of the stream was swallowed, so nothing after it can arrive. */
  private isTorn = false;
  /** Not even the end of the stream arrives. */
  private isLost = false;
  /** The end of the sender that could not be forwarded. */
  private pendingEnd: 'ended' | 'reset' | undefined;

  constructor(
    private readonly from: Socket,
    private readonly to: Socket | undefined,
    private readonly weather: Weather,
    private readonly count: (what: 'delayed' | 'swallowed') => void,
  ) {
    to?.on('drain', () => {
      this.letFlow();
    });
  }

  /** Nothing arrives any more over this connection, in any weather. */
  tear(): void {
    this.isTorn = true;
  }

  /** As tear(), and no end arrives either. */
  lose(): void {
    this.isTorn = true;
    this.isLost = true;
  }

  move(chunk: Buffer): void {
    if (this.isTorn || this.weather.swallows) {
      this.isTorn = true;
      this.count('swallowed');
    } else if (this.weather.delayMs > 0 || this.late.length > 0) this.moveLate(chunk);
    else if (this.to?.write(chunk) === false) this.from.pause();
  }

  /** The sender has ended its stream. */
  end(): void {
    if (this.isLost) return;
    if (this.weather.swallows) this.pendingEnd ??= 'ended';
    else if (this.isTorn) this.to?.resetAndDestroy();
    else if (this.late.length > 0) this.moveLate(null);
    else this.to?.end();
  }

  /** The sender's connection was reset. */
  reset(): void {
    if (this.isLost) return;
    if (this.weather.swallows) this.pendingEnd = 'reset';
    else {
      this.forget();
      this.to?.resetAndDestroy();
    }
  }

  /** The weather is good again: delayed chunks and a pending end arrive at once. */
  clear(): void {
    if (this.timer !== undefined) clearTimeout(this.timer);
    this.timer = undefined;
    for (const { chunk } of this.late.splice(0)) this.deliver(chunk);
    this.lateBytes = 0;
    this.letFlow();
    if (this.pendingEnd === 'reset') this.reset();
    if (this.pendingEnd === 'ended') this.end();
    this.pendingEnd = undefined;
  }

  /** Drops delayed chunks. */
  forget(): void {
    if (this.timer !== undefined) clearTimeout(this.timer);
    this.timer = undefined;
    this.late.length = 0;
    this.lateBytes = 0;
  }

  private moveLate(chunk: Buffer | null): void {
    this.late.push({ dueMs: performance.now() + this.weather.delayMs, chunk });
    this.lateBytes += chunk?.length ?? 0;
    if (this.lateBytes > LATE_BYTES_LIMIT) this.from.pause();
    if (chunk !== null) this.count('delayed');
    this.timer ??= setTimeout(this.deliverDue, this.weather.delayMs);
  }

  private readonly deliverDue = (): void => {
    this.timer = undefined;
    // A timer may come up to a millisecond early.
    const nowMs = performance.now() + 1;
    for (let first = this.late[0]; first !== undefined && first.dueMs <= nowMs; first = this.late[0]) {
      this.late.shift();
      this.lateBytes -= first.chunk?.length ?? 0;
      // Chunks that were delayed when the swallowing began are swallowed, too.
      if (first.chunk === null) this.end();
      else if (this.weather.swallows) this.move(first.chunk);
      else this.deliver(first.chunk);
    }
    this.letFlow();
    const [next] = this.late;
    if (next !== undefined) this.timer = setTimeout(this.deliverDue, next.dueMs - performance.now());
  };

  private deliver(chunk: Buffer | null): void {
    if (chunk === null) this.to?.end();
    else if (this.to?.write(chunk) === false) this.from.pause();
  }

  private letFlow(): void {
    if (this.to?.writableNeedDrain !== true && this.lateBytes <= LATE_BYTES_LIMIT) this.from.resume();
  }
}
