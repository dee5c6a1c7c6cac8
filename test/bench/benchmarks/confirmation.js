import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Queue, Worker } from 'bullmq';
import { createClient } from 'graphql-ws';
import { Redis } from 'ioredis';
import WebSocket from 'ws';
import { median } from '../figures.js';
import { GatewayPayment } from '../gateway-payment.js';
import { isCreated, Load } from '../load.js';

const ORDERS_A_ROUND = 100;
/** Before each measurement, so that everything has come to rest, and all start from there. */
const PAUSE_MS = 20;
/** The relay's claim, the start, the attempt, the PaymentIntent's id, the outcome. (The create's is in its answer.) */
const COMMITS = 5;
const EVENTS = `subscription ($id: ID!) { orderEvents(orderId: $id, afterVersion: 0) { status } }`;

/** One process with every role and nothing else to do: an order's whole way, and each of its parts, in turns. */
export const confirmation = {
  ids: ['P4'],
  what: 'an order on its way through a system that is idle',
  async run(stand, report, { rounds }) {
    const { url } = await stand.startServer({
      ROLE: 'all',
      // One client does here what many do.
      WEBSOCKET_MESSAGES_PER_MINUTE: '1000000',
    });
    // The subscriber is the first customer, and so is who orders.
    const tokens = [stand.tokens[0]];
    const load = new Load({ url, tokens, acknowledge: (key) => stand.acknowledge(key) });
    const client = createClient({
      url: `${url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { Authorization: `Bearer ${tokens[0]}` },
      lazy: false,
    });
    stand.onStop(() => client.dispose());
    const parts = await Parts.open(stand, load);
    const works = { whole: () => wholeWay(load, client), ...parts.works };
    await inTurns(works);
    for (let round = 1; round <= rounds; round += 1) {
      const { whole, ...measured } = await inTurns(works);
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

/** From sending an order to its CONFIRMED at a subscriber that has subscribed with its id. */
async function wholeWay(load, client) {
  const answer = await load.create();
  if (!isCreated(answer)) throw new Error(`createOrder answered ${answer.body}`);
  const { id } = JSON.parse(answer.body).data.createOrder.order;
  for await (const { data } of client.iterate({ query: EVENTS, variables: { id } }))
    if (data.orderEvents.status === 'CONFIRMED') return;
  throw new Error('the subscription ended before CONFIRMED');
}

/** Does each of the works once, then each again, with pauses between them. @returns each one's median, in ms */
async function inTurns(works) {
  const latenciesMs = Object.fromEntries(Object.keys(works).map((name) => [name, []]));
  for (let order = 0; order < ORDERS_A_ROUND; order += 1)
    for (const [name, work] of Object.entries(works)) {
      await delay(PAUSE_MS);
      const start = performance.now();
      await work();
      latenciesMs[name].push(performance.now() - start);
    }
  return Object.fromEntries(Object.entries(latenciesMs).map(([name, each]) => [name, median(each)]));
}

/** What the way is made of, each by itself. */
class Parts {
  static async open(stand, load) {
    const parts = new Parts();
    parts.load = load;
    parts.sql = stand.sql;
    parts.gateway = new GatewayPayment(stand.sandbox.url);
    await parts.sql.query(
      'CREATE TABLE bench_commits (id int PRIMARY KEY, n int); INSERT INTO bench_commits VALUES (1, 0)',
    );
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
      await parts.worker.close();
      await parts.queue.close();
      for (const redis of connections) redis.disconnect();
    });
    return parts;
  }

  get works() {
    return {
      createOrder: () => this.load.create(),
      [`${COMMITS} commits`]: () => this.commits(),
      'BullMQ add to start': () => this.job(),
      'gateway calls': () => this.gateway.pay(),
      'pub/sub': () => this.news(),
    };
  }

  /** One after another, as an order's are. */
  async commits() {
    for (let commit = 0; commit < COMMITS; commit += 1)
      await this.sql.query({ name: 'commit', text: 'UPDATE bench_commits SET n = n + 1 WHERE id = 1' });
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
