import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { ApiClient } from '../support/api-client.js';
import { SystemStatusDocument } from '../support/operator-documents.js';
import { OwnRedis } from '../support/own-redis.js';
import { captures, create, untilConfirmed } from '../support/placed-orders.js';
import { Processes } from '../support/processes.js';
import { setup, type TestSystem } from '../support/test-system.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { waitFor } from '../support/wait-for.js';

/** The bound of fault 41, from the moment at which there is a master. */
const RECOVERED_WITHIN_MS = 15_000;
/** Long enough for every connection to be refused and reopened more than once. */
const FAULT_MS = 3_000;
/** No server listens there. */
const UNREACHABLE = { port: 9 };
const ROLES = ['api', 'relay,worker'] as const;
const REFUSED = 'redis takes no writes; its connections are opened again';
const JOBS_WAIT = 'payment worker: jobs wait until Redis works again';

describe('fault 41: Redis changes roles under open connections', () => {
  let master: OwnRedis;
  let replica: OwnRedis;
  let proxy: TcpProxy;
  let system: TestSystem;
  let urls: Record<(typeof ROLES)[number], string>;
  let alice: ApiClient;
  let olga: ApiClient;
  const processes = new Processes();
  const workers = new Processes();

  beforeAll(async () => {
    master = await OwnRedis.start();
    [proxy, replica] = await Promise.all([TcpProxy.start(master.url), master.startReplica()]);
    system = await setup({
      REDIS_URL: proxy.url,
      RECOVERY_STUCK_AFTER_MS: '3000',
      RECOVERY_INTERVAL_MS: '1000',
    });
    const started = await Promise.all(ROLES.map((ROLE) => processes.start({ ...system.env, ROLE })));
    const [api = '', work = ''] = started.map(({ url }) => url);
    urls = { api, 'relay,worker': work };
    alice = new ApiClient(api, await system.token('alice'));
    olga = new ApiClient(api, await system.token('olga', { roles: ['operator'] }));
    // Every connection has been opened and used.
    await untilConfirmed(system.sql, [(await create(alice)).id]);
  }, 60_000);

  afterEach(async () => {
    await workers.end();
    await master.startAgain();
    await master.becomeMaster();
  }, 60_000);

  afterAll(async () => {
    await Promise.all([alice.close(), olga.close()]);
    await processes.end();
    await system.close();
    await proxy.end();
    await Promise.all([master.end(), replica.end()]);
  }, 60_000);

  const readiness = async (role: (typeof ROLES)[number]) =>
    (await fetch(`${urls[role]}/health/ready`)).json();

  async function expectReported(because: RegExp): Promise<void> {
    const reasons = expect.arrayContaining([expect.stringMatching(because)]) as unknown;
    const untilReported = (role: (typeof ROLES)[number], status: string) =>
      waitFor(`${role} to say that it is ${status}`, async () => {
        expect(await readiness(role)).toEqual({ status, database: 'up', redis: 'down', reasons });
        return true;
      });
    await untilReported('api', 'degraded');
    await untilReported('relay,worker', 'not ready');
    expect((await olga.data(SystemStatusDocument, {})).systemStatus.redis).toBe('DOWN');
  }

  async function expectRecovered(orders: readonly string[]): Promise<void> {
    await untilConfirmed(system.sql, orders, RECOVERED_WITHIN_MS);
    const ledger = await captures(system.sandboxUrl);
    expect(orders.map((id) => ledger.get(id))).toEqual(orders.map(() => 1));
    for (const role of ROLES)
      await waitFor(`${role} to be ready`, async () => {
        expect(await readiness(role)).toEqual({ status: 'ready', database: 'up', redis: 'up', reasons: [] });
        return true;
      });
    const { id } = await create(alice);
    await untilConfirmed(system.sql, [id]);
  }

  async function placeDuringFault(): Promise<string[]> {
    const orders: string[] = [];
    for (const until = performance.now() + FAULT_MS; performance.now() < until;) {
      orders.push((await create(alice)).id);
      await delay(200);
    }
    return orders;
  }

  const countWarnings = (message: string) =>
    processes.log().filter(({ msg, level }) => msg === message && level === 'warn').length;

  // The first test: errors of others within half a minute before would belong to the same outage.
  test('the worker logs once that its jobs wait', async () => {
    expect(countWarnings(JOBS_WAIT)).toBe(0);
    await master.kill();
    await waitFor('its warning', () => countWarnings(JOBS_WAIT) > 0);
    const orders = await placeDuringFault();
    await master.startAgain();
    await expectRecovered(orders);
    expect(countWarnings(JOBS_WAIT)).toBe(1);
  }, 60_000);

  test('a server that refuses writes for a while delays orders, and each process logs it once', async () => {
    expect(countWarnings(REFUSED)).toBe(0);
    const orders = [(await create(alice)).id];
    await master.follow(UNREACHABLE);
    await expectReported(/^Redis refuses a write: READONLY /);
    orders.push(...(await placeDuringFault()));
    await master.becomeMaster();
    await expectRecovered(orders);
    expect(countWarnings(REFUSED)).toBe(ROLES.length);
  }, 60_000);

  test('a server that refuses every command without its master delays orders', async () => {
    await master.ask((redis) => redis.config('SET', 'replica-serve-stale-data', 'no'));
    try {
      const orders = [(await create(alice)).id];
      await master.follow(UNREACHABLE);
      await expectReported(/^Redis (refuses a write: MASTERDOWN |does not answer)/);
      orders.push(...(await placeDuringFault()));
      await master.becomeMaster();
      await expectRecovered(orders);
    } finally {
      await master.ask((redis) => redis.config('SET', 'replica-serve-stale-data', 'yes'));
    }
  }, 60_000);

  test('workers stopped while they reopen connections exit with code 0 in time', async () => {
    const stopped = await Promise.all(
      Array.from({ length: 4 }, () => workers.start({ ...system.env, ROLE: 'worker' })),
    );
    await master.follow(UNREACHABLE);
    await waitFor('all workers to be refused', () =>
      stopped.every(({ lines }) => lines.some((line) => line.includes(REFUSED))),
    );
    // One connection of a worker is open again, and another one still waits.
    await delay(300);
    const ends = await Promise.all(stopped.map((worker) => worker.stop()));
    expect(ends).toEqual(stopped.map(() => ({ code: 0, signal: null })));
  }, 60_000);

  // The last test: from here on the replica is the master.
  test('all connections move to the new master even if the old ones stay open', async () => {
    const watched = await create(alice);
    const orders = [watched.id];
    // As with Sentinel; only new connections to the address reach the new master.
    await replica.becomeMaster();
    await master.follow(replica);
    proxy.leadTo(replica.url);
    orders.push((await create(alice)).id);
    await expectRecovered(orders);
    // Publishers and subscribers, too, to which a replica refuses nothing.
    await waitFor('no connection to the old server', async () => (await master.clients()) === 0);
  }, 60_000);
});
