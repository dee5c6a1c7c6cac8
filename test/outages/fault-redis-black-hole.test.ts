import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { OrderChangeNotifier } from '../../src/orders/order-change-notifier.js';
import { ApiClient } from '../support/api-client.js';
import { OrderSteps } from '../support/order-steps.js';
import { captures, create, untilConfirmed } from '../support/placed-orders.js';
import { OwnRedis } from '../support/own-redis.js';
import { Processes } from '../support/processes.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import type { Environment } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';

/** Includes 12 s, the longest normal silence on a worker's connections. */
const BOUND_MS = 30_000;
const TEST_MS = 90_000;
const SOON = { WORKER_LOCK_MS: '2000', WORKER_STALLED_CHECK_INTERVAL_MS: '500' };
/** No slow check: events arrive only by wake-ups. */
const ONLY_WAKE_UPS = { LIVE_CHECK_INTERVAL_MS: '600000' };
/** The smallest cluster: one node with every slot, which clients can use as a single server, too. */
const CLUSTER = { 'cluster-enabled': 'yes', 'cluster-announce-ip': '127.0.0.1' };
const ENDED = { code: 0, signal: null };

/** A system whose processes reach Redis through a proxy. */
class BehindProxy {
  private readonly processes = new Processes();

  private constructor(
    readonly steps: OrderSteps,
    readonly proxy: TcpProxy,
  ) {}

  static async open(environment: Environment): Promise<BehindProxy> {
    const steps = await OrderSteps.open(environment);
    return new BehindProxy(steps, await TcpProxy.start(steps.config.redis.url));
  }

  async start(ROLE: string, REDIS_URL = this.proxy.url) {
    return this.processes.start({ ...this.steps.system.env, ROLE, REDIS_URL });
  }

  /** Starts an API. @returns a customer's client */
  async startApi(redisUrl?: string): Promise<ApiClient> {
    const { url } = await this.start('api', redisUrl);
    return new ApiClient(url, await this.steps.system.token('alice'));
  }

  /** @throws if a new order is not CONFIRMED and charged once in time */
  async placeAndConfirm(): Promise<void> {
    const { steps } = this;
    const id = await steps.placeOrder();
    await untilConfirmed(steps.system.sql, [id], BOUND_MS);
    expect((await captures(steps.system.sandboxUrl)).get(id)).toBe(1);
  }

  async close(): Promise<void> {
    await this.processes.end();
    await this.proxy.end();
    await this.steps.close();
  }
}

describe('fault 15: open Redis connections become black holes', () => {
  let redis: OwnRedis;
  let work: BehindProxy;
  let live: BehindProxy;
  let cluster: BehindProxy;
  let alice: ApiClient;
  let aliceOfCluster: ApiClient;

  // All systems at once: most of the time passes in waiting for timeouts.
  beforeAll(async () => {
    redis = await OwnRedis.start({ settings: CLUSTER });
    [work, live, cluster] = await Promise.all([
      BehindProxy.open(SOON),
      BehindProxy.open(ONLY_WAKE_UPS),
      BehindProxy.open({ REDIS_URL: redis.url, ...ONLY_WAKE_UPS }),
    ]);
    await beginCluster(redis.url, new URL(cluster.proxy.url).port);
    const nodes = `${cluster.proxy.url},${cluster.proxy.url}`;
    [alice, aliceOfCluster] = await Promise.all([
      live.startApi(),
      cluster.startApi(nodes),
      work.start('relay'),
      work.start('worker'),
    ]);
    await Promise.all([
      untilWakeUpArrives(live.steps, alice),
      untilWakeUpArrives(cluster.steps, aliceOfCluster),
      work.placeAndConfirm(),
    ]);
    for (const { proxy } of [work, live, cluster]) proxy.swallowOpen();
  }, TEST_MS);

  afterAll(async () => {
    await Promise.all([alice.close(), aliceOfCluster.close()]);
    await Promise.all([work.close(), live.close(), cluster.close()]);
    await redis.end();
  }, TEST_MS);

  test('the only relay and the only worker recover', () => work.placeAndConfirm(), TEST_MS);

  test('an API receives wake-ups again', () => untilWakeUpArrives(live.steps, alice), TEST_MS);

  test(
    'an API receives wake-ups of a cluster again',
    () => untilWakeUpArrives(cluster.steps, aliceOfCluster),
    TEST_MS,
  );
});

test(
  'fault 15: a worker whose connections become black holes during a charge still stops in its grace period',
  async () => {
    const system = await BehindProxy.open(SOON);
    const { steps, proxy } = system;
    try {
      const worker = await system.start('worker');
      const endpoint = 'payment_intents.confirm';
      await steps.sandbox.addFault({ kind: 'latency', endpoint, latencyMs: 1_000 });
      const id = await steps.placeOrder();
      await steps.relay().runOnce();
      await waitFor('a charge under way', async () => (await steps.sandbox.requests())[endpoint] === 1);
      proxy.swallowOpen();
      expect(await worker.stop()).toEqual(ENDED);
      // The next worker takes over the unfinished job without a second charge.
      await system.start('worker');
      await waitFor('an empty queue', async () => (await steps.jobs()) === 0, BOUND_MS);
      await untilConfirmed(steps.system.sql, [id]);
      expect(await steps.captures(id)).toBe(1);
    } finally {
      await system.close();
    }
  },
  TEST_MS,
);

/** @param announcedPort the port that the node announces to clients */
async function beginCluster(url: string, announcedPort: string): Promise<void> {
  const admin = new Redis(url);
  try {
    await admin.config('SET', 'cluster-announce-port', announcedPort);
    await admin.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    await waitFor('the cluster', async () =>
      String(await admin.call('CLUSTER', 'INFO')).includes('cluster_state:ok'),
    );
  } finally {
    admin.disconnect();
  }
}

/** Cancels an order in another process, and publishes that until the API has received it. */
async function untilWakeUpArrives(steps: OrderSteps, client: ApiClient): Promise<void> {
  const { id } = await create(client);
  const watch = client.watch(id, 0);
  await waitFor('the first event', () => watch.events.length === 1);
  await steps.cancel(id);
  const notifier = steps.app.get(OrderChangeNotifier);
  await waitFor(
    'the wake-up',
    () => {
      notifier.publish(id, 2);
      return watch.events.length === 2;
    },
    BOUND_MS,
  );
}
