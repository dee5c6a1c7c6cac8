import { Redis } from 'ioredis';
import { Load, orderIdIn } from '../load.js';
import type { Stand } from '../stand.js';

const PARALLEL = 50;
/** The orders of one statement and one pub/sub message. */
const ORDERS_A_STATEMENT = 250;
const CHANNEL = '{orders}:order-news';

export interface OrderChannel {
  readonly orderId: string;
  /** The token of its customer. */
  readonly token: string;
}

/** The orders that the sockets watch: created by the API, and changed by this process, whose CPU does not count. */
export class WatchedOrders {
  readonly list: OrderChannel[] = [];
  private readonly redis: Redis;

  constructor(private readonly stand: Stand) {
    this.redis = new Redis(stand.redis.url);
    stand.onStop(() => {
      this.redis.disconnect();
    });
  }

  async create(url: string, count: number): Promise<void> {
    const { tokens, acknowledge } = this.stand;
    const load = new Load({ url, tokens, acknowledge });
    while (this.list.length < count) {
      const first = this.list.length;
      const answers = await Promise.all(Array.from({ length: PARALLEL }, () => load.create()));
      for (const [index, answer] of answers.entries())
        this.list.push({ orderId: orderIdIn(answer), token: tokens[(first + index) % tokens.length] ?? '' });
    }
    load.close();
  }

  /** Adds the next event to each order, as a worker does after a failed attempt, and publishes it. */
  async move(orders: readonly OrderChannel[]): Promise<void> {
    for (let start = 0; start < orders.length; start += ORDERS_A_STATEMENT) {
      const ids = orders.slice(start, start + ORDERS_A_STATEMENT).map(({ orderId }) => orderId);
      const { rows } = await this.stand.sql.query<{ order_id: string; version: number }>(
        `WITH moved AS (
           UPDATE orders SET version = version + 1, status = 'PAYMENT_PROCESSING', updated_at = now()
           WHERE id = ANY ($1::uuid[]) RETURNING id, version)
         INSERT INTO order_events (order_id, version, type, status, previous_status)
         SELECT id, version, 'PAYMENT_ATTEMPT_FAILED', 'PAYMENT_PROCESSING', 'PAYMENT_PROCESSING' FROM moved
         RETURNING order_id, version`,
        [ids],
      );
      const changes = rows.map(({ order_id: id, version }) => `${id} ${version}`);
      await this.redis.publish(CHANNEL, JSON.stringify(changes));
    }
  }

  /** The number of channels with subscribers, plus the subscriptions of all connections. */
  async subscriptions(): Promise<number> {
    const [channels, clients] = [await this.redis.pubsub('CHANNELS'), await this.redis.client('LIST')];
    const subscribed = [...String(clients).matchAll(/ sub=(\d+) psub=(\d+)/g)];
    return channels.length + subscribed.reduce((sum, [, sub, psub]) => sum + Number(sub) + Number(psub), 0);
  }
}
