import type { OrderEvent } from '../orders/order.js';
import { isFinal } from '../orders/lifecycle.js';
import type { SubscriptionCursor } from './subscription-cursor.js';

type Rendered = ReadonlyMap<string, Buffer | undefined>;

/** An order that somebody watches. */
export class OrderChannel {
  readonly watchers = new Set<SubscriptionCursor>();
  /** The newest version that was heard of since the last look. */
  private heard = 0;
  /** The newest version that was read. */
  private seen = 0;
  private isWanted = false;

  constructor(readonly id: string) {}

  hear(version: number): void {
    this.heard = Math.max(this.heard, version);
  }

  /** Asks for a look, whatever was heard: there is a watcher that others are ahead of, or may be. */
  want(): void {
    this.isWanted = true;
  }

  get needsLook(): boolean {
    return this.isWanted || this.heard > this.seen;
  }

  /** To be called before each read: what comes up from now on needs another one. Answers with who is served by it. */
  look(): SubscriptionCursor[] {
    this.heard = 0;
    this.isWanted = false;
    return [...this.watchers].filter(({ takesEvents }) => takesEvents);
  }

  /**
   * Brings events, oldest first, to watchers that look() has answered with. Who can't take an event is left out
   * from there on, and so misses none.
   * @returns false where an event could not be rendered for somebody, who has to be served later
   */
  async deliver(events: readonly OrderEvent[], watchers: readonly SubscriptionCursor[]): Promise<boolean> {
    this.seen = Math.max(this.seen, events.at(-1)?.version ?? 0);
    let [served, isWhole] = [watchers, true];
    for (const event of events) {
      const rendered = await renderOnce(event, served);
      served = served.filter((watcher) => bring(event, watcher, rendered));
      isWhole &&= ![...rendered.values()].includes(undefined);
    }
    return isWhole;
  }
}

/** By view, for all who are to be sent the event. */
async function renderOnce(event: OrderEvent, watchers: readonly SubscriptionCursor[]): Promise<Rendered> {
  const rendered = new Map<string, Buffer | undefined>();
  const pending: Promise<unknown>[] = [];
  for (const watcher of watchers) {
    const { subscriber } = watcher;
    if (rendered.has(subscriber.view) || !watcher.maySee(event) || !watcher.wants(event)) continue;
    const result = subscriber.render(event);
    if (!(result instanceof Promise)) rendered.set(subscriber.view, result);
    else {
      rendered.set(subscriber.view, undefined);
      pending.push(result.then((late) => rendered.set(subscriber.view, late)));
    }
  }
  if (pending.length > 0) await Promise.all(pending);
  return rendered;
}

/** Whether the watcher is to be brought the event that follows, too. */
function bring(event: OrderEvent, watcher: SubscriptionCursor, rendered: Rendered): boolean {
  // It may have left meanwhile.
  if (!watcher.takesEvents) return false;
  if (!watcher.maySee(event)) watcher.end();
  else if (watcher.wants(event)) {
    const message = rendered.get(watcher.subscriber.view);
    if (message === undefined) return false;
    watcher.send(event, message);
  } else watcher.passOver(event);
  if (isFinal(event.status)) watcher.end();
  return watcher.takesEvents;
}
