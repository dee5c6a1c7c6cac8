import { beforeEach, describe, expect, test } from '@jest/globals';
import { OrderChannel } from '../../src/subscriptions/order-channel.js';
import type { EventSink } from '../../src/subscriptions/event-sink.js';
import { SubscriptionCursor } from '../../src/subscriptions/subscription-cursor.js';
import type { OrderEvent } from '../../src/orders/order.js';
import type { Visibility } from '../../src/orders/order-queries.js';

const event = (version: number, changes: Partial<OrderEvent> = {}): OrderEvent => ({
  orderId: 'order',
  customerId: 'alice',
  version,
  type: 'PAYMENT_ATTEMPT_FAILED',
  status: 'PAYMENT_PROCESSING',
  previousStatus: 'PAYMENT_PROCESSING',
  detail: null,
  note: null,
  actor: null,
  occurredAt: new Date(0),
  ...changes,
});

class RecordingSink implements EventSink {
  readonly sent: string[] = [];
  ended = false;
  takesMore = true;
  cursor!: SubscriptionCursor;

  constructor(
    readonly view: string,
    readonly render: EventSink['render'],
  ) {}

  send(rendered: Buffer): boolean {
    this.sent.push(rendered.toString());
    return this.takesMore;
  }

  end(): void {
    this.ended = true;
  }
}

describe('an order channel', () => {
  let channel: OrderChannel;
  let rendered: string[];
  let emptied: number;

  beforeEach(() => {
    channel = new OrderChannel('order', () => (emptied += 1));
    rendered = [];
    emptied = 0;
  });

  const render = (view: string) => (of: OrderEvent) => {
    rendered.push(`${view}${of.version}`);
    return Buffer.from(`${view}${of.version}`);
  };

  interface Settings {
    readonly visibleTo?: Visibility;
    readonly startVersion?: number;
    readonly afterVersion?: number;
    readonly renders?: EventSink['render'];
  }

  function subscribe(
    view: string,
    {
      visibleTo = { customerId: 'alice' },
      startVersion = 0,
      afterVersion = startVersion,
      renders = render(view),
    }: Settings = {},
  ): RecordingSink {
    const sink = new RecordingSink(view, renders);
    sink.cursor = new SubscriptionCursor({ sink, visibleTo, startVersion, afterVersion });
    channel.add(sink.cursor);
    return sink;
  }

  test('renders an event once for all sinks of a view, and sends it to each of them', async () => {
    const same = [subscribe('a'), subscribe('a'), subscribe('a')];
    const other = subscribe('b');
    expect(await channel.deliver([event(1), event(2)], channel.beginRead())).toBe(true);
    for (const { sent } of same) expect(sent).toEqual(['a1', 'a2']);
    expect(other.sent).toEqual(['b1', 'b2']);
    expect(rendered).toEqual(['a1', 'b1', 'a2', 'b2']);
  });

  test('sends no event twice, and none up to the version that the subscriber gave', async () => {
    const [behind, level] = [subscribe('a'), subscribe('a', { startVersion: 2 })];
    const later = subscribe('a', { startVersion: 1, afterVersion: 3 });
    await channel.deliver(
      [1, 2, 3, 4].map((version) => event(version)),
      channel.beginRead(),
    );
    expect(behind.sent).toEqual(['a1', 'a2', 'a3', 'a4']);
    expect(level.sent).toEqual(['a3', 'a4']);
    expect(later.sent).toEqual(['a4']);
    expect(later.cursor.lastVersion).toBe(4);
  });

  test('ends a subscription at an event that it may not see, neither rendered nor sent, and serves the others', async () => {
    const [hers, operators] = [subscribe('a'), subscribe('all', { visibleTo: 'all' })];
    await channel.deliver([event(1), event(2, { customerId: 'bob' }), event(3)], channel.beginRead());
    expect([hers.sent, hers.ended]).toEqual([['a1'], true]);
    expect([operators.sent, operators.ended]).toEqual([['all1', 'all2', 'all3'], false]);
    expect(rendered).not.toContain('a2');
    expect(channel.size).toBe(1);
  });

  test('ends subscriptions with a final event, also those that skip it, and then is empty', async () => {
    const [now, later] = [subscribe('a'), subscribe('a', { afterVersion: 9 })];
    await channel.deliver([event(1), event(2, { status: 'CANCELLED' })], channel.beginRead());
    expect([now.sent, now.ended]).toEqual([['a1', 'a2'], true]);
    expect([later.sent, later.ended]).toEqual([[], true]);
    expect([channel.size, emptied]).toEqual([0, 1]);
  });

  test('sends nothing to a sink that takes no more, and continues where it was when the sink resumes', async () => {
    const [slow, quick] = [subscribe('a'), subscribe('a')];
    slow.takesMore = false;
    await channel.deliver([event(1), event(2)], channel.beginRead());
    expect([slow.sent, quick.sent]).toEqual([['a1'], ['a1', 'a2']]);
    expect(channel.needsRead).toBe(false);
    slow.takesMore = true;
    channel.resume(slow.cursor);
    expect(channel.needsRead).toBe(true);
    await channel.deliver([event(2)], channel.beginRead());
    expect([slow.sent, quick.sent]).toEqual([
      ['a1', 'a2'],
      ['a1', 'a2'],
    ]);
  });

  test('holds back later events from a view for which one failed to render, and serves the others', async () => {
    let failures = 1;
    const renders = async (of: OrderEvent) =>
      of.version === 2 && failures-- > 0 ? undefined : Buffer.from(`x${of.version}`);
    const [patient, lucky] = [subscribe('x', { renders }), subscribe('a')];
    expect(await channel.deliver([event(1), event(2), event(3)], channel.beginRead())).toBe(false);
    expect(patient.sent).toEqual(['x1']);
    expect(lucky.sent).toEqual(['a1', 'a2', 'a3']);
    expect(await channel.deliver([event(2), event(3)], channel.beginRead())).toBe(true);
    expect(patient.sent).toEqual(['x1', 'x2', 'x3']);
    expect(lucky.sent).toEqual(['a1', 'a2', 'a3']);
  });

  test('sends nothing to a subscriber that leaves during the rendering, not even the one it began for', async () => {
    let rendering: (message: Buffer) => void = () => undefined;
    const renders = () => new Promise<Buffer>((resolve) => (rendering = resolve));
    const [first, second] = [subscribe('a', { renders }), subscribe('a', { renders })];
    const delivery = channel.deliver([event(1)], channel.beginRead());
    channel.remove(first.cursor);
    rendering(Buffer.from('a1'));
    expect(await delivery).toBe(true);
    expect([first.sent, second.sent]).toEqual([[], ['a1']]);
  });

  test('needs no read for versions read already, and another one for what is announced during a read', async () => {
    subscribe('a');
    channel.announce(2);
    const cursors = channel.beginRead();
    channel.announce(2);
    await channel.deliver([event(1), event(2)], cursors);
    expect(channel.needsRead).toBe(false);
    channel.beginRead();
    channel.announce(3);
    expect(channel.needsRead).toBe(true);
    // A version that does not exist causes one read.
    channel.announce(1_000_000);
    channel.beginRead();
    expect(channel.needsRead).toBe(false);
  });

  test('resumes a sink once, and only while it is subscribed', async () => {
    const slow = subscribe('a');
    slow.takesMore = false;
    await channel.deliver([event(1)], channel.beginRead());
    expect([channel.resume(slow.cursor), channel.resume(slow.cursor)]).toEqual([true, false]);
    await channel.deliver([event(2)], channel.beginRead());
    channel.remove(slow.cursor);
    expect(channel.resume(slow.cursor)).toBe(false);
    expect([channel.needsRead, emptied]).toEqual([false, 1]);
  });
});
