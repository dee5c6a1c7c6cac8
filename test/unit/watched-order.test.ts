import { beforeEach, describe, expect, test } from '@jest/globals';
import { OrderChannel } from '../../src/subscriptions/order-channel.js';
import { type Subscriber, SubscriptionCursor } from '../../src/subscriptions/subscription-cursor.js';
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

class Listener implements Subscriber {
  readonly sent: string[] = [];
  ended = false;
  takesMore = true;
  watcher!: SubscriptionCursor;

  constructor(
    readonly view: string,
    readonly render: Subscriber['render'],
  ) {}

  send(rendered: Buffer): boolean {
    this.sent.push(rendered.toString());
    return this.takesMore;
  }

  end(): void {
    this.ended = true;
  }
}

describe('OrderChannel', () => {
  let order: OrderChannel;
  let rendered: string[];

  beforeEach(() => {
    order = new OrderChannel('order');
    rendered = [];
  });

  const render = (view: string) => (of: OrderEvent) => {
    rendered.push(`${view}${of.version}`);
    return Buffer.from(`${view}${of.version}`);
  };

  interface Settings {
    readonly visibleTo?: Visibility;
    readonly startVersion?: number;
    readonly afterVersion?: number;
    readonly renders?: Subscriber['render'];
  }

  function listener(
    view: string,
    {
      visibleTo = { customerId: 'alice' },
      startVersion = 0,
      afterVersion = startVersion,
      renders = render(view),
    }: Settings = {},
  ): Listener {
    const made = new Listener(view, renders);
    made.watcher = new SubscriptionCursor({
      subscriber: made,
      visibleTo,
      startVersion,
      afterVersion,
      onReady: () => {
        order.want();
      },
      onEnd: (watcher) => order.watchers.delete(watcher),
    });
    order.watchers.add(made.watcher);
    return made;
  }

  test('renders an event once for all subscribers with the same view, and sends it to each of them', async () => {
    const same = [listener('a'), listener('a'), listener('a')];
    const other = listener('b');
    expect(await order.deliver([event(1), event(2)], order.look())).toBe(true);
    for (const { sent } of same) expect(sent).toEqual(['a1', 'a2']);
    expect(other.sent).toEqual(['b1', 'b2']);
    expect(rendered).toEqual(['a1', 'b1', 'a2', 'b2']);
  });

  test('sends a subscriber no version that it has already or did not ask for', async () => {
    const [behind, level] = [listener('a'), listener('a', { startVersion: 2 })];
    const later = listener('a', { startVersion: 1, afterVersion: 3 });
    await order.deliver(
      [1, 2, 3, 4].map((version) => event(version)),
      order.look(),
    );
    expect(behind.sent).toEqual(['a1', 'a2', 'a3', 'a4']);
    expect(level.sent).toEqual(['a3', 'a4']);
    expect(later.sent).toEqual(['a4']);
    expect(later.watcher.lastSent).toBe(4);
  });

  test('ends a subscriber that may not see an event without rendering it, and serves the others', async () => {
    const [hers, operators] = [listener('a'), listener('all', { visibleTo: 'all' })];
    await order.deliver([event(1), event(2, { customerId: 'bob' }), event(3)], order.look());
    expect([hers.sent, hers.ended]).toEqual([['a1'], true]);
    expect([operators.sent, operators.ended]).toEqual([['all1', 'all2', 'all3'], false]);
    expect(rendered).not.toContain('a2');
    expect(order.watchers.size).toBe(1);
  });

  test('ends all subscribers with a final event, even those that are not sent it', async () => {
    const [now, later] = [listener('a'), listener('a', { afterVersion: 9 })];
    await order.deliver([event(1), event(2, { status: 'CANCELLED' })], order.look());
    expect([now.sent, now.ended]).toEqual([['a1', 'a2'], true]);
    expect([later.sent, later.ended]).toEqual([[], true]);
  });

  test('pauses a subscriber that accepts no more, and later resumes after its last version', async () => {
    const [slow, quick] = [listener('a'), listener('a')];
    slow.takesMore = false;
    await order.deliver([event(1), event(2)], order.look());
    expect([slow.sent, quick.sent]).toEqual([['a1'], ['a1', 'a2']]);
    expect(order.needsLook).toBe(false);
    slow.takesMore = true;
    slow.watcher.goOn();
    expect(order.needsLook).toBe(true);
    await order.deliver([event(2)], order.look());
    expect([slow.sent, quick.sent]).toEqual([
      ['a1', 'a2'],
      ['a1', 'a2'],
    ]);
  });

  test('sends an event later to a subscriber whose rendering failed, and does not hold up the others', async () => {
    let failures = 1;
    const renders = async (of: OrderEvent) =>
      of.version === 2 && failures-- > 0 ? undefined : Buffer.from(`x${of.version}`);
    const [patient, lucky] = [listener('x', { renders }), listener('a')];
    expect(await order.deliver([event(1), event(2), event(3)], order.look())).toBe(false);
    expect(patient.sent).toEqual(['x1']);
    expect(lucky.sent).toEqual(['a1', 'a2', 'a3']);
    expect(await order.deliver([event(2), event(3)], order.look())).toBe(true);
    expect(patient.sent).toEqual(['x1', 'x2', 'x3']);
    expect(lucky.sent).toEqual(['a1', 'a2', 'a3']);
  });

  test('sends nothing to a subscriber that leaves while its event is rendered, and still serves the others', async () => {
    let rendering: (message: Buffer) => void = () => undefined;
    const renders = () => new Promise<Buffer>((resolve) => (rendering = resolve));
    const [first, second] = [listener('a', { renders }), listener('a', { renders })];
    const delivery = order.deliver([event(1)], order.look());
    first.watcher.stop();
    rendering(Buffer.from('a1'));
    expect(await delivery).toBe(true);
    expect([first.sent, second.sent]).toEqual([[], ['a1']]);
  });

  test('does not read versions again, and reads once more for one announced during a read', async () => {
    listener('a');
    order.hear(2);
    const watchers = order.look();
    order.hear(2);
    await order.deliver([event(1), event(2)], watchers);
    expect(order.needsLook).toBe(false);
    order.look();
    order.hear(3);
    expect(order.needsLook).toBe(true);
    // A version that does not exist causes one read only.
    order.hear(1_000_000);
    order.look();
    expect(order.needsLook).toBe(false);
  });
});
