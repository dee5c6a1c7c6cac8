import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedis, type RunningServer } from '../../src/dev/servers/redis-server.js';
import { ApiClient } from '../support/api-client.js';
import { CreateOrderDocument, orderInput } from '../support/documents.js';
import { startProcess, type SystemProcess } from '../support/system-process.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { waitFor } from '../support/wait-for.js';

let directory: string;
let redis: RunningServer;
let system: TestSystem;
let process: SystemProcess;

/** The smallest cluster: one node that holds every slot. Keys of two slots in one command fail on it, too. */
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'redis-cluster-'));
  redis = await startRedis({
    dataDir: join(directory, 'redis'),
    // A node that has met no other one does not know its own address.
    settings: { 'cluster-enabled': 'yes', 'cluster-announce-ip': '127.0.0.1' },
  });
  const admin = new Redis(redis.url);
  await admin.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
  await waitFor('the cluster', async () =>
    String(await admin.call('CLUSTER', 'INFO')).includes('cluster_state:ok'),
  );
  admin.disconnect();
  // A comma list of nodes makes it a cluster.
  system = await setup({ REDIS_URL: `${redis.url},${redis.url}`, REDIS_PREFIX: '{orders}' });
  process = await startProcess(system.env);
});

afterAll(async () => {
  await process.stop();
  await system.close();
  await redis.stop();
  await rm(directory, { recursive: true, force: true });
});

test('an order goes its whole way over a Redis Cluster', async () => {
  const client = new ApiClient(process.url, await system.token('alice'));
  const { createOrder } = await client.data(CreateOrderDocument, { input: orderInput() });
  if (createOrder.__typename !== 'CreateOrderSuccess') throw new Error(createOrder.__typename);
  const watch = client.watch(createOrder.order.id, 0);
  await watch.untilStatus('CONFIRMED');
  expect(watch.events.map(({ version }) => version)).toEqual([1, 2, 3]);
  await client.close();
});
