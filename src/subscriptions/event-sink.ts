import type { OrderEvent } from '../orders/order.js';

/** Where a subscriber's events are written. */
export interface EventSink {
  /** Sinks of equal views send exactly the same bytes for an event, so it is rendered once for all of them. */
  readonly view: string;
  /** An event as the view shows it; undefined where its data can't be read now. Does not reject. */
  render(event: OrderEvent): Buffer | undefined | Promise<Buffer | undefined>;
  /** @returns false where the sink takes no more events until it resumes its subscription */
  send(rendered: Buffer): boolean;
  /** No event will follow. */
  end(): void;
}

/** How a sink controls the flow of its events. */
export interface EventSubscription {
  /** The sink takes events again. Ignored where it never stopped taking them, or after the end. */
  resume(): void;
  /** The subscriber has left: sends nothing more. */
  close(): void;
}
