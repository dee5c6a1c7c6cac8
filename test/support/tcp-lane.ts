import type { Socket } from 'node:net';

/** How the network is at present, in one direction of one link. */
export interface Weather {
  readonly delayMs: number;
  readonly swallows: boolean;
}

interface Late {
  readonly dueMs: number;
  /** null: the sender's end of the stream. */
  readonly chunk: Buffer | null;
}

/** What is on its way is bounded, as in a network's buffers. */
const LATE_BYTES_LIMIT = 1_048_576;

/** One direction of a connection: moves what one end sends to the other end, late or never where so told. */
export class Lane {
  private readonly late: Late[] = [];
  private lateBytes = 0;
  private timer: NodeJS.Timeout | undefined;
  /** Part of the stream was swallowed, so nothing after it can arrive either. */
  private isTorn = false;
  /** Not even its end arrives. */
  private isLost = false;
  /** The sender's end, of which the receiver could not be told. */
  private untold: 'ended' | 'reset' | undefined;

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

  /** Nothing arrives any more over this connection, whatever the weather. */
  tear(): void {
    this.isTorn = true;
  }

  /** As tear(), and the receiver never hears of an end either. */
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

  /** The sender has said its last. */
  end(): void {
    if (this.isLost) return;
    if (this.weather.swallows) this.untold ??= 'ended';
    else if (this.isTorn) this.to?.resetAndDestroy();
    else if (this.late.length > 0) this.moveLate(null);
    else this.to?.end();
  }

  /** The sender is gone without a word. */
  reset(): void {
    if (this.isLost) return;
    if (this.weather.swallows) this.untold = 'reset';
    else {
      this.forget();
      this.to?.resetAndDestroy();
    }
  }

  /** The weather is good again: what was late arrives at once, and the receiver hears of an end. */
  clear(): void {
    if (this.timer !== undefined) clearTimeout(this.timer);
    this.timer = undefined;
    for (const { chunk } of this.late.splice(0)) this.deliver(chunk);
    this.lateBytes = 0;
    this.letFlow();
    if (this.untold === 'reset') this.reset();
    if (this.untold === 'ended') this.end();
    this.untold = undefined;
  }

  /** Keeps nothing. */
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
      // What was on its way when the swallowing began is swallowed too.
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
