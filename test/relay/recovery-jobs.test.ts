import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DelayedError, type Processor, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { RelayWakeUp } from '../../src/outbox/relay-wake-up.js';
import { LostJobs } from '../../src/queue/lost-jobs.js';
import { TASKS } from '../../src/payments/task.js';
import type { PaymentJob } from '../../src/queue/payment-queue.js';
import { RecoverOrders } from '../../src/recovery/recover-orders.js';
import { OrderSteps } from '../support/order-steps.js';
import { waitFor } from '../support/wait-for.js';

const HOUR_MS = 3_600_000;

describe('recovery of jobs', () => {
  let steps: OrderSteps;
  let redis: Redis;
  let orderId: string;
  let jobId: string;

  beforeEach(async () => {
    steps = await OrderSteps.open({ RECOVERY_STUCK_AFTER_MS: '60000' });
    redis = new Redis(steps.config.redis.url, { maxRetriesPerRequest: null });
    orderId = await steps.placeOrder();
    jobId = `charge-order-${orderId}`;
    await steps.relay().runOnce();
    await steps.select(`UPDATE orders SET recover_after = now() - interval '1 second'`);
  });

  afterEach(async () => {
    redis.disconnect();
    await steps.close();
  });

  async function sweep(): Promise<{ due: number; requeued: number }> {
    const wakeUp = steps.app.get(RelayWakeUp, { strict: false });
    return new RecoverOrders(steps.database, steps.queues(), wakeUp, steps.config).runOnce();
  }

  /** Runs `use` with a worker, and closes that. */
  async function withWorker(
    processor: Processor<PaymentJob> | null,
    use: (worker: Worker<PaymentJob>) => Promise<void>,
  ): Promise<void> {
    const connection = redis.duplicate();
    const worker = new Worker<PaymentJob>(TASKS.CHARGE.queue, processor, {
      connection,
      prefix: steps.config.redis.prefix,
    });
    worker.on('error', () => undefined);
    try {
      await use(worker);
    } finally {
      await worker.close();
      connection.disconnect();
    }
  }

  /** Takes the job as a worker does, and moves it to the delayed ones. */
  async function delayJob(untilMs: number): Promise<void> {
    const delay: Processor<PaymentJob> = async (job, token) => {
      await job.moveToDelayed(untilMs, token);
      throw new DelayedError();
    };
    await withWorker(delay, async () => {
      await waitFor('a delayed job', async () => (await steps.queue.getDelayedCount()) === 1);
    });
  }

  async function expectWorkerConfirms(): Promise<void> {
    await steps.system.start({ ROLE: 'relay,worker' });
    await waitFor('CONFIRMED', async () => (await steps.status(orderId)) === 'CONFIRMED');
    await waitFor('an empty queue', async () => (await steps.jobs()) === 0);
    expect(await steps.captures(orderId)).toBe(1);
  }

  test('leaves a waiting job alone until its order is due again', async () => {
    expect(await sweep()).toEqual({ due: 1, requeued: 0 });
    expect(await sweep()).toEqual({ due: 0, requeued: 0 });
    expect(await steps.queue.getWaitingCount()).toBe(1);
    expect(await steps.messages()).toHaveLength(1);
  });

  test('leaves an active job alone', async () => {
    await withWorker(null, async (worker) => {
      await worker.getNextJob('a token');
      expect(await steps.queue.getActiveCount()).toBe(1);
      expect(await sweep()).toEqual({ due: 1, requeued: 0 });
      expect(await steps.queue.getActiveCount()).toBe(1);
      expect(await steps.messages()).toHaveLength(1);
    });
  });

  test("fault 32: runs a job at its order's time that a worker with a clock an hour ahead has delayed", async () => {
    await delayJob(Date.now() + HOUR_MS);
    expect(await sweep()).toEqual({ due: 1, requeued: 0 });
    expect(await steps.queue.getDelayedCount()).toBe(0);
    expect(await steps.messages()).toHaveLength(1);
    await expectWorkerConfirms();
  });

  test('leaves a delayed job delayed whose order is not due', async () => {
    await delayJob(Date.now() + HOUR_MS);
    await steps.select(`UPDATE orders SET recover_after = now() + interval '1 minute'`);
    expect(await sweep()).toEqual({ due: 0, requeued: 0 });
    expect(await steps.queue.getDelayedCount()).toBe(1);
  });

  test('queues the work of a missing job again', async () => {
    await steps.queue.remove(jobId);
    expect(await sweep()).toEqual({ due: 1, requeued: 1 });
    await expectWorkerConfirms();
  });

  test('removes a job that has only its hash left, and queues the work again', async () => {
    await redis.del(steps.queue.toKey('wait'));
    expect(await sweep()).toEqual({ due: 1, requeued: 1 });
    await expectWorkerConfirms();
  });

  test('fault 16: brings every order to rest after all keys were removed one by one while a relay adds jobs', async () => {
    const orders = [orderId];
    const keys = await redis.keys(`${steps.config.redis.prefix}*`);
    for (let order = 0; order < 10; order += 1) {
      orders.push(await steps.placeOrder());
      await steps.relay().runOnce();
    }
    // The keys at the time of the KEYS command: with the list of waiting jobs, without the hashes of new ones.
    await redis.del(keys);
    await steps.select(`UPDATE orders SET recover_after = now() - interval '1 second'`);
    expect(await sweep()).toEqual({ due: 11, requeued: 11 });
    await steps.system.start({ ROLE: 'relay,worker' });
    for (const id of orders) {
      await waitFor('CONFIRMED', async () => (await steps.status(id)) === 'CONFIRMED');
      expect(await steps.captures(id)).toBe(1);
    }
  });

  test('removes a completed job that an earlier release kept, and queues the work again', async () => {
    await redis.lrem(steps.queue.toKey('wait'), 0, jobId);
    await redis.zadd(steps.queue.toKey('completed'), Date.now(), jobId);
    expect(await sweep()).toEqual({ due: 1, requeued: 1 });
    await expectWorkerConfirms();
  });

  test('leaves a job that is in no list alone while a worker holds its lock', async () => {
    await redis.del(steps.queue.toKey('wait'));
    await redis.set(steps.queue.toKey(`${jobId}:lock`), 'a token');
    expect(await sweep()).toEqual({ due: 1, requeued: 0 });
    expect(await redis.exists(steps.queue.toKey(jobId))).toBe(1);
    await redis.del(steps.queue.toKey(`${jobId}:lock`));
    expect(await new LostJobs(steps.queue).find([jobId])).toEqual(new Set([jobId]));
  });

  test('leaves a job alone that was taken or put back after the waiting list was read', async () => {
    const lostJobs = new LostJobs(steps.queue);
    expect(await lostJobs.find([jobId], 0)).toEqual(new Set());
    const second = await steps.placeOrder();
    await steps.relay().runOnce();
    await redis.rpoplpush(steps.queue.toKey('wait'), steps.queue.toKey('active'));
    expect(await lostJobs.find([jobId, `charge-order-${second}`], 1)).toEqual(new Set());
    // Found lost once the list is read again.
    await redis.del(steps.queue.toKey('wait'), steps.queue.toKey('active'));
    expect(await lostJobs.find([jobId], 2)).toEqual(new Set());
    expect(await lostJobs.find([jobId], 60_000)).toEqual(new Set([jobId]));
  });
});
