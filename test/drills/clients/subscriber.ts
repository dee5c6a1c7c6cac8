import type { Random } from '../../support/random.js';
import type { Recorder } from '../recorder.js';
import { Connection } from './connection.js';
import type { Counts } from './counts.js';
import { Errands } from './errands.js';
import type { Addresses } from './http.js';
import { pause } from './pause.js';
import { Watch } from './watch.js';

export interface SubscriberOptions {
  readonly customer: string;
  readonly token: string;
  readonly addresses: Addresses;
  readonly recorder: Recorder;
  readonly counts: Counts;
  readonly random: Random;
}

/** The time between two losses of a customer's socket. */
const SOCKET_LIFE_MS = { least: 4_000, most: 20_000 };
/** Open subscriptions of a customer: all, and those that stay with an order at rest. */
const MAX_WATCHES = 40;
const MAX_STAYING = 10;
const LOOK_INTERVAL_MS = 50;

/** A customer's subscriptions, all over one socket, which is lost now and then. */
export class Subscriber {
  private readonly watches = new Set<Watch>();
  private readonly errands = new Errands();
  private connection: Connection | undefined;
  private address: number;

  constructor(private readonly options: SubscriberOptions) {
    this.address = options.random.integer(0, options.addresses.count - 1);
  }

  /** Subscribes to an order, unless the customer has too many subscriptions. */
  watch(order: {
    orderId: string;
    owner: string;
    afterVersion: number | undefined;
    wish: 'stay' | 'go';
  }): void {
    if (this.watches.size >= MAX_WATCHES) return;
    const { customer, counts, random, recorder } = this.options;
    const { orderId, owner, afterVersion, wish } = order;
    const staying = [...this.watches].filter(({ stays }) => stays).length;
    const watch = new Watch({
      ...{ customer, orderId, owner, afterVersion, recorder, counts },
      stays: wish === 'stay' && staying < MAX_STAYING,
      random: random.fork(orderId),
      connect: () => this.connect(),
    });
    this.watches.add(watch);
    this.errands.begin(async () => {
      await watch.follow();
      this.watches.delete(watch);
    });
  }

  /** Loses the socket at random until it is calm. */
  async loseSockets(calm: AbortSignal): Promise<void> {
    const { random } = this.options;
    for (;;) {
      await pause(random.integer(SOCKET_LIFE_MS.least, SOCKET_LIFE_MS.most), calm);
      if (calm.aborted) break;
      this.connection?.cut();
    }
  }

  /** Waits until every subscription has its order's last version, or the signal is aborted; then leaves. */
  async settle(finalVersions: ReadonlyMap<string, number>, giveUp: AbortSignal): Promise<void> {
    const missing = () =>
      [...this.watches].some((watch) => !watch.caughtUp(finalVersions.get(watch.orderId)));
    while (missing() && !giveUp.aborted) await pause(LOOK_INTERVAL_MS, giveUp);
    for (const watch of this.watches) watch.leave();
    await this.errands.done();
    this.connection?.cut();
  }

  /** The open socket, or a new one to the next address. */
  private connect(): Connection {
    if (this.connection === undefined || this.connection.ended) {
      const { addresses, token } = this.options;
      this.address += 1;
      this.connection = new Connection(addresses.socketUrl(this.address), token);
    }
    return this.connection;
  }
}
