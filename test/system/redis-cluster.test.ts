import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Redis } from 'ioredis';
import { ApiClient } from '../support/api-client.js';
import { closeRedis } from '../support/closed-redis.js';
import { CreateOrderDocument, orderInput } from '../support/documents.js';
import { OwnRedis } from '../support/own-redis.js';
import { readDocument } from '../support/readme.js';
import { startProcess, type SystemProcess } from '../support/system-process.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';

/** What docs/operations.md additionally grants the application's user in a cluster. */
const CLUSTER_WORDS = ["'+cluster|slots'", "'+cluster|info'", '+asking'];

/** The smallest cluster: one node with every slot. It, too, refuses a command with keys of two slots. */
describe('with a Redis Cluster and the privileges of docs/operations.md', () => {
  let redis: OwnRedis;
  let admin: Redis;
  let system: TestSystem;
  let process: SystemProcess;

  beforeAll(async () => {
    redis = await OwnRedis.start({
      // A node that has met no other doesn't know its own address.
      settings: { 'cluster-enabled': 'yes', 'cluster-announce-ip': '127.0.0.1' },
    });
    const closed = await closeRedis(redis);
    admin = closed.admin;
    await admin.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    await waitFor('the cluster', async () =>
      String(await admin.call('CLUSTER', 'INFO')).includes('cluster_state:ok'),
    );
    await admin.call('ACL', 'SETUSER', 'orders', ...CLUSTER_WORDS.map((word) => word.replaceAll("'", '')));
    // A comma list of nodes makes it a cluster.
    system = await setup({ REDIS_URL: `${closed.url},${closed.url}`, REDIS_PREFIX: '{orders}' });
    process = await startProcess(system.env);
  });

  afterAll(async () => {
    await process.stop();
    await system.close();
    admin.disconnect();
    await redis.end();
  });

  test('an order is CONFIRMED, and Redis refuses no command', async () => {
    const client = new ApiClient(process.url, await system.token('alice'));
    const { createOrder } = await client.data(CreateOrderDocument, { input: orderInput() });
    if (createOrder.__typename !== 'CreateOrderSuccess') throw new Error(createOrder.__typename);
    const watch = client.watch(createOrder.order.id, 0);
    await watch.untilStatus('CONFIRMED');
    expect(watch.events.map(({ version }) => version)).toEqual([1, 2, 3]);
    await client.close();
    expect(readDocument('docs/operations.md')).toContain(`\`${CLUSTER_WORDS.join(' ')}\``);
    expect(await admin.call('ACL', 'LOG')).toEqual([]);
  });
});
