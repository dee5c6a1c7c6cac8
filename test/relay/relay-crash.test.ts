import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Database } from '../../src/platform/database/database.js';
import { OrderSteps } from '../support/order-steps.js';
import { OwnRedis } from '../support/own-redis.js';
import { Processes } from '../support/processes.js';
import { waitFor } from '../support/wait-for.js';

/** Short enough for a test, long enough for the checks before it runs out. */
const LEASE_MS = 1_000;

describe('fault 18: a relay that is killed', () => {
  let redis: OwnRedis;
  let steps: OrderSteps;
  const processes = new Processes();

  beforeEach(async () => {
    redis = await OwnRedis.start();
    steps = await OrderSteps.open({
      REDIS_URL: redis.url,
      RELAY_LEASE_MS: String(LEASE_MS),
      WORKER_LOCK_MS: '2000',
    });
  });

  afterEach(async () => {
    await processes.end();
    redis.resume();
    await steps.close();
    await redis.end();
  });

  /** A database that accepts the claim and no write after it, as if the relay were killed. */
  function databaseUntilKilled(): Database {
    return new Proxy(steps.database, {
      get: (target, name) => {
        if (name === '$executeRaw') return () => Promise.reject(new Error('killed'));
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
  }

  async function deliverAgainAndCharge(orderId: string): Promise<void> {
    // The message is still leased to the dead relay.
    expect(await steps.relay().runOnce()).toEqual({ delivered: 0 });
    const { delivered } = await waitFor('the end of the lease', async () => {
      const run = await steps.relay().runOnce();
      return run.delivered > 0 && run;
    });
    expect(delivered).toBe(1);
    await steps.system.start({ ROLE: 'worker' });
    await waitFor('CONFIRMED', async () => (await steps.status(orderId)) === 'CONFIRMED');
    await waitFor('an empty queue', async () => (await steps.jobs()) === 0);
    expect(await steps.captures(orderId)).toBe(1);
    expect(await steps.history(orderId)).toHaveLength(3);
  }

  test('between claiming a message and adding its job: another relay delivers it', async () => {
    const orderId = await steps.placeOrder();
    const queue = steps.queueWith(() => Promise.reject(new Error('killed')));
    const dead = steps.relay({ database: databaseUntilKilled(), queue });
    await expect(dead.runOnce()).rejects.toThrow('killed');
    expect(await steps.messages()).toMatchObject([{ orderId, leased: true, delivered: false }]);
    expect(await steps.jobs()).toBe(0);
    await deliverAgainAndCharge(orderId);
  });

  test('between adding a job and marking its message: it is delivered again and charged once', async () => {
    const orderId = await steps.placeOrder();
    await expect(steps.relay({ database: databaseUntilKilled() }).runOnce()).rejects.toThrow('killed');
    expect(await steps.messages()).toMatchObject([{ orderId, leased: true, delivered: false }]);
    expect(await steps.jobs()).toBe(1);
    await deliverAgainAndCharge(orderId);
  });

  test('between adding a job and marking its message, with the job done before the second delivery: one charge', async () => {
    const orderId = await steps.placeOrder();
    await expect(steps.relay({ database: databaseUntilKilled() }).runOnce()).rejects.toThrow('killed');
    await steps.chargeToEnd(orderId);
    await steps.queue.obliterate({ force: true });
    await deliverAgainAndCharge(orderId);
  });

  test('by SIGKILL while Redis hangs: all its messages are delivered and each order is charged once', async () => {
    const relay = await processes.start({
      ...steps.system.env,
      ROLE: 'relay',
      RELAY_POLL_INTERVAL_MS: '20',
      REDIS_COMMAND_TIMEOUT_MS: '60000',
    });
    await redis.pause();
    const orders = await Promise.all(Array.from({ length: 10 }, () => steps.placeOrder()));
    await waitFor('a claim', async () => (await steps.messages()).some(({ leased }) => leased));
    await relay.stop('SIGKILL');
    expect((await steps.messages()).some(({ delivered }) => delivered)).toBe(false);
    redis.resume();
    await steps.system.start({ ROLE: 'relay,worker' });
    for (const orderId of orders) {
      await waitFor('CONFIRMED', async () => (await steps.status(orderId)) === 'CONFIRMED');
      expect(await steps.captures(orderId)).toBe(1);
      expect((await steps.history(orderId)).at(-1)).toBe('PAYMENT_SUCCEEDED');
    }
    await waitFor('an empty outbox', async () =>
      (await steps.messages()).every(({ delivered }) => delivered),
    );
  });
});
