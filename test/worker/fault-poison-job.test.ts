import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Quarantine } from '../../src/dead-letters/quarantine.js';
import { type ChargeOrder } from '../../src/payments/charge-order.js';
import { JobHandler } from '../../src/queue/job-handler.js';
import { jobFor } from '../../src/queue/payment-queue.js';
import { OrderSteps } from '../support/order-steps.js';
import { waitFor } from '../support/wait-for.js';

describe('fault 35: a poison job', () => {
  let steps: OrderSteps;

  beforeEach(async () => {
    steps = await OrderSteps.open();
  });

  afterEach(async () => {
    await steps.close();
  });

  async function openLetters(): Promise<{ orderId: string; task: string; error: string }[]> {
    return steps.select(
      `SELECT order_id::text AS "orderId", task, error FROM dead_letters WHERE state = 'OPEN' ORDER BY id`,
    );
  }

  function handler(charge: (orderId: string) => Promise<never>): JobHandler {
    const chargeOrder = { run: charge } as unknown as ChargeOrder;
    return new JobHandler(
      chargeOrder,
      steps.refundOrder(),
      new Quarantine(steps.database, steps.transitions),
    );
  }

  test('of an unknown kind is quarantined as a dead letter, while other jobs run', async () => {
    const poisoned = await steps.placeOrder();
    const healthy = await steps.placeOrder();
    await steps.select('DELETE FROM outbox_messages WHERE order_id = $1', [poisoned]);
    await steps.queue.add('bake-a-cake', { orderId: poisoned });
    await steps.relay().runOnce();
    await steps.system.start({ ROLE: 'worker' });
    await waitFor('the healthy order', async () => (await steps.status(healthy)) === 'CONFIRMED');
    await waitFor('an empty queue', async () => (await steps.jobs()) === 0);
    expect(await openLetters()).toEqual([
      { orderId: poisoned, task: 'CHARGE', error: 'The queue held a job of an unknown kind.' },
    ]);
    expect(await steps.history(poisoned)).toEqual(['ORDER_CREATED', 'DEAD_LETTERED']);
    expect(await steps.captures(poisoned)).toBe(0);
  });

  test.each<[string, object]>([
    ['without data', {}],
    ['with a list as its order id', { orderId: ['x'] }],
    ['with an order id that is not a UUID', { orderId: `'; DROP TABLE orders; --` }],
    ['for an order that does not exist', { orderId: randomUUID() }],
  ])('%s is dropped, while other jobs run', async (_, data) => {
    const healthy = await steps.placeOrder();
    await steps.queue.add('charge-order', data as { orderId: string });
    await steps.relay().runOnce();
    await steps.system.start({ ROLE: 'worker' });
    await waitFor('the healthy order', async () => (await steps.status(healthy)) === 'CONFIRMED');
    await waitFor('an empty queue', async () => (await steps.jobs()) === 0);
    expect(await openLetters()).toEqual([]);
  });

  test('for an order at rest opens no dead letter', async () => {
    const orderId = await steps.placeOrder();
    await steps.chargeToEnd(orderId);
    const before = await steps.history(orderId);
    await steps.queue.add('bake-a-cake', { orderId });
    await steps.system.start({ ROLE: 'worker' });
    await waitFor('an empty queue', async () => (await steps.jobs()) === 0);
    expect(await openLetters()).toEqual([]);
    expect(await steps.history(orderId)).toEqual(before);
  });

  test('that fails unexpectedly is retried, and quarantined after its last try', async () => {
    const orderId = await steps.placeOrder();
    const failing = handler(async () => {
      throw new Error('a defect');
    });
    const { name, data } = jobFor({ kind: 'CHARGE_ORDER', orderId });
    const job = { name, data, deaths: 0 };
    await expect(failing.handle({ ...job, lastTry: false })).rejects.toThrow('a defect');
    expect(await openLetters()).toEqual([]);
    expect(await failing.handle({ ...job, lastTry: true })).toEqual({ kind: 'done' });
    expect(await failing.handle({ ...job, lastTry: true })).toEqual({ kind: 'done' });
    expect(await openLetters()).toMatchObject([{ orderId, task: 'CHARGE' }]);
    expect(JSON.stringify(await openLetters())).not.toContain('a defect');
  });

  test('whose worker died six times is quarantined', async () => {
    const orderId = await steps.placeOrder();
    const healthy = new JobHandler(
      steps.chargeOrder(),
      steps.refundOrder(),
      new Quarantine(steps.database, steps.transitions),
    );
    const { name, data } = jobFor({ kind: 'CHARGE_ORDER', orderId });
    expect(await healthy.handle({ name, data, deaths: 6, lastTry: false })).toEqual({ kind: 'done' });
    expect(await openLetters()).toEqual([{ orderId, task: 'CHARGE', error: 'Its worker died 6 times.' }]);
    expect(await healthy.handle({ name, data, deaths: 0, lastTry: false })).toEqual({ kind: 'done' });
    expect(await steps.captures(orderId)).toBe(0);
  });
});
