import { setTimeout as delay } from 'node:timers/promises';
import type { BookedPayment, BookPage, BookWindow, ChangedPayment, GatewayBooks } from '../gateway-books.js';
import { GatewayUnavailableError, type UnknownPayment } from '../payment-gateway.js';

/** 5 requests a second: a quarter of the 20 to an endpoint that leave room for charges at the gateway's lowest limit. */
const REQUEST_INTERVAL_MS = 200;

/**
 * The gateway's books, read slowly: one request after another, with pauses, so that charges never wait for it. Where the
 * gateway asks to wait, requests fail at once until then.
 */
export class PacedBooks implements GatewayBooks {
  private readonly stopped = new AbortController();
  private last: Promise<unknown> = Promise.resolve();
  private nextAt = 0;
  private waitsUntil = 0;

  constructor(
    private readonly books: GatewayBooks,
    private readonly intervalMs = REQUEST_INTERVAL_MS,
  ) {}

  listPayments(window: BookWindow): Promise<BookPage<BookedPayment>> {
    return this.inTurn(() => this.books.listPayments(window));
  }

  listChanged(list: 'refunds' | 'disputes', window: BookWindow): Promise<BookPage<ChangedPayment>> {
    return this.inTurn(() => this.books.listChanged(list, window));
  }

  retrieve(id: string): Promise<BookedPayment | UnknownPayment> {
    return this.inTurn(() => this.books.retrieve(id));
  }

  search(orderKey: string): Promise<BookedPayment[]> {
    return this.inTurn(() => this.books.search(orderKey));
  }

  assign(id: string, orderId: string): Promise<void> {
    return this.inTurn(() => this.books.assign(id, orderId));
  }

  /** Every request from now on fails, those that wait included; what has been compared stays. */
  stop(): void {
    this.stopped.abort();
  }

  private inTurn<T>(request: () => Promise<T>): Promise<T> {
    const turn = this.last.then(async () => {
      const { signal } = this.stopped;
      await delay(Math.max(0, this.nextAt - performance.now()), undefined, { signal });
      const retryAfterMs = this.waitsUntil - performance.now();
      if (retryAfterMs > 0)
        throw new GatewayUnavailableError('the payment gateway asked to wait', {
          isGlobal: true,
          retryAfterMs,
        });
      this.nextAt = performance.now() + this.intervalMs;
      return request();
    });
    this.last = turn.catch((error: unknown) => {
      if (error instanceof GatewayUnavailableError && error.retryAfterMs !== undefined)
        this.waitsUntil = performance.now() + error.retryAfterMs;
    });
    return turn;
  }
}
