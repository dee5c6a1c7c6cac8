import type { OrderEvent } from '../orders/order.js';
import { isFinal } from '../orders/lifecycle.js';
import type { SubscriptionCursor } from './subscription-cursor.js';

type RenderedByView = ReadonlyMap<string, Buffer | undefined>;

/** The subscribers of one order: knows whether its events have to be read, and sends them. */
export class OrderChannel {
  private readonly cursors = new Set<SubscriptionCursor>();
  /** The newest version announced since the last read began. */
  private announcedVersion = 0;
  private readVersion = 0;
  private isReadRequested = false;

  constructor(
    readonly orderId: string,
    private readonly onEmpty: () => void,
  ) {}

  get size(): number {
    return this.cursors.size;
  }

  add(cursor: SubscriptionCursor): void {
    this.cursors.add(cursor);
    this.requestRead();
  }

  remove(cursor: SubscriptionCursor): void {
    if (this.cursors.delete(cursor) && this.cursors.size === 0) this.onEmpty();
  }

  /** The cursor's sink takes events again. @returns whether it may have missed some, so that a read is needed */
  resume(cursor: SubscriptionCursor): boolean {
    if (!cursor.resume() || !this.cursors.has(cursor)) return false;
    this.requestRead();
    return true;
  }

  /** The order has this version. A read is needed only where it is newer than the last event read. */
  announce(version: number): void {
    this.announcedVersion = Math.max(this.announcedVersion, version);
  }

  /** The version of the newest event read. */
  get lastVersion(): number {
    return this.readVersion;
  }

  /** PostgreSQL has lost events that were read, and assigns their versions again: what is stored now is sent from the start. */
  startOver(): void {
    this.readVersion = 0;
    for (const cursor of this.cursors) cursor.startOver();
    this.requestRead();
  }

  /** A read is needed even if no new version is announced. */
  requestRead(): void {
    this.isReadRequested = true;
  }

  get needsRead(): boolean {
    return this.isReadRequested || this.announcedVersion > this.readVersion;
  }

  /** To be called before a read: what is announced or requested later needs another one. @returns whom it serves */
  beginRead(): SubscriptionCursor[] {
    this.announcedVersion = 0;
    this.isReadRequested = false;
    return [...this.cursors].filter(({ isReady }) => isReady);
  }

  /**
   * Sends the events of a read, oldest first, to the cursors that it serves. A cursor that can't be sent one of them
   * gets none of the later ones either, so that it misses nothing.
   * @returns false where an event could not be rendered for some cursor, which needs another read
   */
  async deliver(events: readonly OrderEvent[], cursors: readonly SubscriptionCursor[]): Promise<boolean> {
    this.readVersion = Math.max(this.readVersion, events.at(-1)?.version ?? 0);
    let [receivers, isComplete] = [cursors, true];
    for (const event of events) {
      const rendered = await renderByView(event, receivers);
      receivers = receivers.filter((cursor) => this.send(event, cursor, rendered));
      isComplete &&= ![...rendered.values()].includes(undefined);
    }
    return isComplete;
  }

  /** @returns whether the cursor takes the next event */
  private send(event: OrderEvent, cursor: SubscriptionCursor, rendered: RenderedByView): boolean {
    // The subscriber may have left during the read or the rendering.
    if (!this.cursors.has(cursor)) return false;
    if (!cursor.canSee(event)) return this.end(cursor);
    if (cursor.isDue(event)) {
      const message = rendered.get(cursor.sink.view);
      if (message === undefined) return false;
      cursor.send(event, message);
    } else cursor.skip(event);
    return isFinal(event.status) ? this.end(cursor) : cursor.isReady;
  }

  private end(cursor: SubscriptionCursor): false {
    this.remove(cursor);
    cursor.sink.end();
    return false;
  }
}

/** Renders an event once for each view of the cursors that have to be sent it. */
async function renderByView(
  event: OrderEvent,
  cursors: readonly SubscriptionCursor[],
): Promise<RenderedByView> {
  const rendered = new Map<string, Buffer | undefined>();
  const pending: Promise<unknown>[] = [];
  for (const cursor of cursors) {
    const { sink } = cursor;
    if (rendered.has(sink.view) || !cursor.canSee(event) || !cursor.isDue(event)) continue;
    const result = sink.render(event);
    if (!(result instanceof Promise)) rendered.set(sink.view, result);
    else {
      rendered.set(sink.view, undefined);
      pending.push(result.then((late) => rendered.set(sink.view, late)));
    }
  }
  if (pending.length > 0) await Promise.all(pending);
  return rendered;
}
