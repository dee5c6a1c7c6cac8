import type { OrderEvent } from '../orders/order.js';
import { isVisible, type Visibility } from '../orders/order-queries.js';

/** Who is sent an order's events, and in which form. */
export interface Subscriber {
  /** Those with an equal one are shown every event in exactly the same way: it is rendered once for all of them. */
  readonly view: string;
  /** What everybody with this view is sent of an event; undefined where it can't be read for now. Never fails. */
  render(event: OrderEvent): Buffer | undefined | Promise<Buffer | undefined>;
  /** False where it takes no more until it says goOn() to its watcher. */
  send(rendered: Buffer): boolean;
  /** Nothing will follow. */
  end(): void;
}

interface Options {
  readonly subscriber: Subscriber;
  /** Events of other orders than these end it. */
  readonly visibleTo: Visibility;
  /** Events up to this version are passed over. */
  readonly afterVersion: number;
  /** Up to here they need not even be read. */
  readonly startVersion: number;
  readonly onReady: () => void;
  readonly onEnd: (watcher: SubscriptionCursor) => void;
}

/** One subscriber's place in an order's events. Its whole state is the last version that it was sent. */
export class SubscriptionCursor {
  lastSent: number;
  private isReady = true;
  private isEnded = false;

  constructor(private readonly options: Options) {
    this.lastSent = options.startVersion;
  }

  get subscriber(): Subscriber {
    return this.options.subscriber;
  }

  /** Whether it may be sent something now. */
  get takesEvents(): boolean {
    return this.isReady && !this.isEnded;
  }

  maySee(event: OrderEvent): boolean {
    return isVisible(event, this.options.visibleTo);
  }

  /** Whether it has to be sent the event, which is one that it may see. */
  wants({ version }: OrderEvent): boolean {
    return version > Math.max(this.lastSent, this.options.afterVersion);
  }

  passOver({ version }: OrderEvent): void {
    this.lastSent = Math.max(this.lastSent, version);
  }

  send({ version }: OrderEvent, rendered: Buffer): void {
    this.lastSent = version;
    this.isReady = this.subscriber.send(rendered);
  }

  /** Its subscriber takes events again. */
  goOn(): void {
    if (this.isReady || this.isEnded) return;
    this.isReady = true;
    this.options.onReady();
  }

  /** Its subscriber has left. */
  stop(): void {
    if (this.isEnded) return;
    this.isEnded = true;
    this.options.onEnd(this);
  }

  /** Nothing will follow. */
  end(): void {
    if (this.isEnded) return;
    this.stop();
    this.subscriber.end();
  }
}
