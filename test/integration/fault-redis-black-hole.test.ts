import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { OrderChangeNotifier } from '../../src/orders/order-change-notifier.js';
import { ApiClient } from '../support/api-client.js';
import { OrderSteps } from '../support/order-steps.js';
import { captures, create, untilConfirmed } from '../support/placed-orders.js';
import { OwnRedis } from '../support/own-redis.js';
import { Processes } from '../support/processes.js';
import type { SystemProcess } from '../support/system-process.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { waitFor } from '../support/wait-for.js';

/** Of these, 12 s are the longest silence that is normal on a worker's connections. */
const BOUND_MS = 30_000;
const TEST_MS = 90_000;
/** No slow check: whoever sees an event has heard the news. */
const ONLY_NEWS = { LIVE_CHECK_INTERVAL_MS: '600000' };
const ENDED = { code: 0, signal: null };

describe('fault 15: open Redis connections become black holes, and nobody is told', () => {
  let steps: OrderSteps;
  let proxy: TcpProxy;
  const processes = new Processes();

  beforeEach(async () => {
    steps = await OrderSteps.open({
      WORKER_LOCK_MS: '2000',
      WORKER_STALLED_CHECK_INTERVAL_MS: '500',
      ...ONLY_NEWS,
    });
    proxy = await TcpProxy.start(steps.config.redis.url);
  });

  afterEach(async () => {
    await processes.end();
    await proxy.end();
    await steps.close();
  });

  async function start(ROLE: string): Promise<SystemProcess> {
    return processes.start({ ...steps.system.env, ROLE });
  }

  /** A process whose connections become black holes. */
  async function startBehindProxy(ROLE: string): Promise<SystemProcess> {
    return processes.start({ ...steps.system.env, ROLE, REDIS_URL: proxy.url });
  }

  /** @throws where an order that is placed now is not CONFIRMED and charged once in time */
  async function placeAndConfirm(): Promise<void> {
    const id = await steps.placeOrder();
    await untilConfirmed(steps.system.sql, [id], BOUND_MS);
    expect((await captures(steps.system.sandboxUrl)).get(id)).toBe(1);
  }

  test.each([
    ['worker', 'relay'],
    ['relay', 'worker'],
  ])(
    'the only %s goes on by itself',
    async (role, other) => {
      await Promise.all([startBehindProxy(role), start(other)]);
      await placeAndConfirm();
      proxy.swallowOpen();
      await placeAndConfirm();
    },
    TEST_MS,
  );

  test(
    'a worker in the middle of a charge ends in its grace period',
    async () => {
      const [worker] = await Promise.all([startBehindProxy('worker'), start('relay')]);
      const endpoint = 'payment_intents.confirm';
      await steps.sandbox.addFault({ kind: 'latency', endpoint, latencyMs: 1_000 });
      const id = await steps.placeOrder();
      await waitFor(
        'a charge under way',
        async () => (await steps.sandbox.requests())['payment_intents.confirm'] === 1,
      );
      proxy.swallowOpen();
      expect(await worker.stop()).toEqual(ENDED);
      // Whatever it could not tell Redis is taken up by the next one, without a second charge.
      await start('worker');
      await waitFor('an empty queue', async () => (await steps.jobs()) === 0, BOUND_MS);
      await untilConfirmed(steps.system.sql, [id]);
      expect(await steps.captures(id)).toBe(1);
    },
    TEST_MS,
  );

  test(
    'an api hears the news again',
    async () => {
      await expectNewsAgain(steps, proxy, await startBehindProxy('api'));
    },
    TEST_MS,
  );
});

test(
  'fault 15: an api hears the news of a cluster again',
  async () => {
    // The smallest cluster: one node that holds every slot, so that others may take it for a single server.
    const settings = { 'cluster-enabled': 'yes', 'cluster-announce-ip': '127.0.0.1' };
    const redis = await OwnRedis.start({ settings });
    const proxy = await TcpProxy.start(redis.url);
    const processes = new Processes();
    let steps: OrderSteps | undefined;
    try {
      await beginCluster(redis.url, new URL(proxy.url).port);
      steps = await OrderSteps.open({ REDIS_URL: redis.url, ...ONLY_NEWS });
      const behindProxy = { REDIS_URL: `${proxy.url},${proxy.url}`, ROLE: 'api' };
      await expectNewsAgain(steps, proxy, await processes.start({ ...steps.system.env, ...behindProxy }));
    } finally {
      await processes.end();
      await steps?.close();
      await proxy.end();
      await redis.end();
    }
  },
  TEST_MS,
);

/** @param announcedPort where the node says that it is found */
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

/** @throws where the api does not hear news before its connections become black holes, or after it */
async function expectNewsAgain(steps: OrderSteps, proxy: TcpProxy, api: SystemProcess): Promise<void> {
  const client = new ApiClient(api.url, await steps.system.token('alice'));
  try {
    await untilNewsComes(steps, client);
    proxy.swallowOpen();
    await untilNewsComes(steps, client);
  } finally {
    await client.close();
  }
}

/** Cancels an order elsewhere, and tells so until the api has heard it. */
async function untilNewsComes(steps: OrderSteps, client: ApiClient): Promise<void> {
  const { id } = await create(client);
  const watch = client.watch(id, 0);
  await waitFor('the first event', () => watch.events.length === 1);
  await steps.cancel(id);
  const news = steps.app.get(OrderChangeNotifier);
  await waitFor(
    'the news',
    () => {
      news.publish(id, 2);
      return watch.events.length === 2;
    },
    BOUND_MS,
  );
}
