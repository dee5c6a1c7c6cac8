import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Queue, Worker } from 'bullmq';
import { type Client, createClient } from 'graphql-ws';
import { Redis } from 'ioredis';
import type { Pool } from 'pg';
import WebSocket from 'ws';
import { median } from '../figures.js';
import { GatewayPayment } from '../gateway-payment.js';
import { Load, orderIdIn } from '../load.js';
import type { Stand } from '../stand.js';
import type { Benchmark } from './benchmark.js';

const ORDERS_A_ROUND = 100;
/** The pause before each measurement, so that everything is idle. */
const PAUSE_MS = 20;
/** The relay's claim, the start, the attempt, the PaymentIntent's id, the outcome. (The create's is in its answer.) */
const COMMITS = 5;
const EVENTS = `subscription ($id: ID!) { orderEvents(orderId: $id, afterVersion: 0) { status } }`;

/** One idle process with every role: the whole way of an order, and each of its parts, in turns. */
export const confirmation: Benchmark = {
  ids: ['P4'],
  what: 'an order through an idle system',
  async run(stand, report, { rounds }) {
    const { url } = await stand.startServer({
      ROLE: 'all',
      // Here one client sends what usually many do.
      WEBSOCKET_MESSAGES_PER_MINUTE: '1000000',
    });
    // The first customer subscribes, and places the orders, too.
    const [token = ''] = stand.tokens;
    const load = new Load({ url, tokens: [token], acknowledge: stand.acknowledge });
    const client = createClient({
      url: `${url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { Authorization: `Bearer ${token}` },
      lazy: false,
    });
    stand.onStop(() => client.dispose());
    const parts = await Parts.open(stand, load);
    const works = { whole: () => wholeWay(load, client), ...parts.works };
    await inTurns(works);
    for (let round = 1; round <= rounds; round += 1) {
      const { whole = NaN, ...measured } = await inTurns(works);
      const sum = Object.values(measured).reduce((total, ms) => total + ms, 0);
      const listed = Object.entries(measured).map(([name, ms]) => `${name} ${ms.toFixed(2)}`);
      report.progress(
        `  CONFIRMED after ${whole.toFixed(1)} ms; parts ${sum.toFixed(1)} ms: ${listed.join(', ')}`,
      );
      report.sample('P4', whole / sum);
    }
    load.close();
  },
};

/** What is measured, by its name. */
type Works = Readonly<Record<string, () => Promise<unknown>>>;

/** From sending an order to its CONFIRMED at a subscriber that has subscribed with its id. */
async function wholeWay(load: Load, client: Client): Promise<void> {
  const id = orderIdIn(await load.create());
  const events = client.iterate<{ orderEvents: { status: string } }>({ query: EVENTS, variables: { id } });
  for await (const { data } of events) if (data?.orderEvents.status === 'CONFIRMED') return;
  throw new Error('the subscription ended before CONFIRMED');
}

/** Runs all measurements in turns, with pauses between them. @returns the median of each, in ms */
async function inTurns(works: Works): Promise<Record<string, number>> {
  const timed = Object.entries(works).map(([name, work]) => ({ name, work, latenciesMs: [] as number[] }));
  for (let order = 0; order < ORDERS_A_ROUND; order += 1)
    for (const { work, latenciesMs } of timed) {
      await delay(PAUSE_MS);
      const start = performance.now();
      await work();
      latenciesMs.push(performance.now() - start);
    }
  return Object.fromEntries(timed.map(({ name, latenciesMs }) => [name, median(latenciesMs)]));
}

/** The parts of an order's way, each on its own. */
class Parts {
  private readonly sql: Pool;
  private readonly gateway: GatewayPayment;
  private readonly connections: Redis[] = [];
  private readonly publisher: Redis;
  private readonly subscriber: Redis;
  private readonly queue: Queue;
  private readonly worker: Worker;
  /** The callbacks for each job's start, by the job's id. */
  private readonly started = new Map<string | undefined, () => void>();

  private constructor(
    stand: Stand,
    private readonly load: Load,
  ) {
    this.sql = stand.sql;
    this.gateway = new GatewayPayment(stand.sandbox.url);
    const connect = () => {
      const connection = new Redis(stand.redis.url, { maxRetriesPerRequest: null });
      this.connections.push(connection);
      return connection;
    };
    this.publisher = connect();
    this.subscriber = connect();
    this.queue = new Queue('bench', { prefix: '{bench}', connection: connect() });
    this.worker = new Worker('bench', async ({ id }) => this.started.get(id)?.(), {
      prefix: '{bench}',
      connection: connect(),
    });
  }

  static async open(stand: Stand, load: Load): Promise<Parts> {
    await stand.sql.query(
      'CREATE TABLE bench_commits (id int PRIMARY KEY, n int); INSERT INTO bench_commits VALUES (1, 0)',
    );
    const parts = new Parts(stand, load);
    stand.onStop(() => parts.close());
    await parts.subscriber.subscribe('bench-news');
    return parts;
  }

  get works(): Works {
    return {
      createOrder: () => this.load.create(),
      [`${COMMITS} commits`]: () => this.commits(),
      'BullMQ add to start': () => this.job(),
      'gateway calls': () => this.gateway.pay(),
      'pub/sub': () => this.news(),
    };
  }

  /** One after the other, as for an order. */
  private async commits(): Promise<void> {
    for (let commit = 0; commit < COMMITS; commit += 1)
      await this.sql.query({ name: 'commit', text: 'UPDATE bench_commits SET n = n + 1 WHERE id = 1' });
  }

  private async job(): Promise<void> {
    const jobId = randomUUID();
    const start = new Promise<void>((resolve) => this.started.set(jobId, resolve));
    await this.queue.add('bench', {}, { jobId, removeOnComplete: true });
    await start;
    this.started.delete(jobId);
  }

  private async news(): Promise<void> {
    const received = new Promise((resolve) => this.subscriber.once('message', resolve));
    await this.publisher.publish('bench-news', '1');
    await received;
  }

  private async close(): Promise<void> {
    await this.worker.close();
    await this.queue.close();
    for (const redis of this.connections) redis.disconnect();
  }
}
