import { randomUUID } from 'node:crypto';
import { createClient } from 'graphql-ws';
import { Redis } from 'ioredis';
import { Queue, Worker } from 'bullmq';
import WebSocket from 'ws';
import { median } from '../figures.js';
import { Load, isCreated } from '../load.js';
import { Subject } from '../subject.js';

const ORDERS_A_ROUND = 100;
/** The relay's claim, the start, the attempt, the PaymentIntent's id, the outcome. (The create's is in its answer.) */
const COMMITS = 5;
const EVENTS = `subscription ($id: ID!) { orderEvents(orderId: $id, afterVersion: 0) { status } }`;

/** One process with every role and nothing else to do: an order's whole way, and the parts of it, in turns. */
export const confirmation = {
  ids: ['P4'],
  what: 'an order on its way through a system that is idle',
  async run(stand, report, { rounds }) {
    const { url } = await stand.startServer({ ROLE: 'all' });
    const load = new Load({ url, tokens: stand.tokens, acknowledge: (key) => stand.acknowledge(key) });
    const client = createClient({
      url: `${url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { Authorization: `Bearer ${stand.tokens[0]}` },
      lazy: false,
    });
    stand.onStop(() => client.dispose());
    // The subscriber is the first customer, and so is who orders.
    load.tokens = [stand.tokens[0]];
    const parts = await Parts.open(stand);
    await wholeWays(load, client, ORDERS_A_ROUND);
    await parts.measure(load);
    for (let round = 1; round <= rounds; round += 1) {
      const whole = median(await wholeWays(load, client, ORDERS_A_ROUND));
      const measured = await parts.measure(load);
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

/** From sending an order to its CONFIRMED at a subscriber that has subscribed with its id, in ms. */
async function wholeWays(load, client, count) {
  return measured(count, async () => {
    const answer = await load.create();
    if (!isCreated(answer)) throw new Error(`createOrder answered ${answer.body}`);
    const { id } = JSON.parse(answer.body).data.createOrder.order;
    for await (const { data } of client.iterate({ query: EVENTS, variables: { id } }))
      if (data.orderEvents.status === 'CONFIRMED') return;
    throw new Error('the subscription ended before CONFIRMED');
  });
}

/** What the way is made of, each by itself. */
class Parts {
  static async open(stand) {
    const parts = new Parts();
    parts.sql = stand.sql;
    await parts.sql.query(
      'CREATE TABLE bench_commits (id int PRIMARY KEY, n int); INSERT INTO bench_commits VALUES (1, 0)',
    );
    parts.gateway = new Subject('gateway-calls.js', stand.environment);
    const connections = [];
    const connect = () => {
      connections.push(new Redis(stand.redis.url, { maxRetriesPerRequest: null }));
      return connections.at(-1);
    };
    parts.publisher = connect();
    parts.subscriber = connect();
    await parts.subscriber.subscribe('bench-news');
    parts.queue = new Queue('bench', { prefix: '{bench}', connection: connect() });
    const started = new Map();
    parts.started = started;
    parts.worker = new Worker('bench', (job) => started.get(job.id)?.(), {
      prefix: '{bench}',
      connection: connect(),
    });
    stand.onStop(async () => {
      await parts.gateway.stop();
      await parts.worker.close();
      await parts.queue.close();
      for (const redis of connections) redis.disconnect();
    });
    return parts;
  }

  /** Medians, in ms. */
  async measure(load) {
    const createMs = median(await load.single(ORDERS_A_ROUND, 20));
    const commit = await measured(ORDERS_A_ROUND, () =>
      this.sql.query({ name: 'commit', text: 'UPDATE bench_commits SET n = n + 1 WHERE id = 1' }),
    );
    const job = await measured(ORDERS_A_ROUND, () => this.job());
    const news = await measured(ORDERS_A_ROUND, () => this.news());
    // One at a time, so that a payment takes as long as its two calls.
    const paid = await this.gateway.ask({ concurrency: 1, durationMs: 1_000 });
    return {
      createOrder: createMs,
      [`${COMMITS} commits`]: COMMITS * median(commit),
      'BullMQ add to start': median(job),
      'gateway calls': 1_000 / paid,
      'pub/sub': median(news),
    };
  }

  async job() {
    const jobId = randomUUID();
    const start = new Promise((resolve) => this.started.set(jobId, resolve));
    await this.queue.add('bench', {}, { jobId, removeOnComplete: true });
    await start;
    this.started.delete(jobId);
  }

  async news() {
    const received = new Promise((resolve) => this.subscriber.once('message', resolve));
    await this.publisher.publish('bench-news', '1');
    await received;
  }
}

async function measured(count, work) {
  const latenciesMs = [];
  for (let index = 0; index < count; index += 1) {
    const start = performance.now();
    await work();
    latenciesMs.push(performance.now() - start);
  }
  return latenciesMs;
}
