import type { OrderEvent } from '../orders/order.js';
import { isVisible, type Visibility } from '../orders/order-queries.js';
import type { EventSink } from './event-sink.js';

interface Options {
  readonly sink: EventSink;
  /** An event of an order outside of these ends the subscription. */
  readonly visibleTo: Visibility;
  /** Events up to this version are skipped. */
  readonly afterVersion: number;
  /** Events up to this version are not even read. */
  readonly startVersion: number;
}

/** One subscriber's position in an order's events. Nothing is queued for it: what it misses is read again. */
export class SubscriptionCursor {
  private version: number;
  private afterVersion: number;
  private ready = true;

  constructor(private readonly options: Options) {
    this.version = options.startVersion;
    this.afterVersion = options.afterVersion;
  }

  get sink(): EventSink {
    return this.options.sink;
  }

  /** The last version that was sent or skipped. */
  get lastVersion(): number {
    return this.version;
  }

  /** Whether its sink takes an event now. */
  get isReady(): boolean {
    return this.ready;
  }

  canSee(event: OrderEvent): boolean {
    return isVisible(event, this.options.visibleTo);
  }

  /** Whether an event that it can see has to be sent. */
  isDue({ version }: OrderEvent): boolean {
    return version > Math.max(this.version, this.afterVersion);
  }

  skip({ version }: OrderEvent): void {
    this.version = Math.max(this.version, version);
  }

  send({ version }: OrderEvent, rendered: Buffer): void {
    this.version = version;
    this.ready = this.sink.send(rendered);
  }

  /** All of the order's events are due again. */
  startOver(): void {
    this.version = 0;
    this.afterVersion = 0;
  }

  /** @returns false where the sink was ready already */
  resume(): boolean {
    if (this.ready) return false;
    this.ready = true;
    return true;
  }
}
