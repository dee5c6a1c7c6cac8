import { afterEach, beforeEach, describe, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import type { RunningApplication } from '../../src/application.js';
import { CreateOrder } from '../../src/orders/create/create-order.js';
import { OrderSteps } from '../support/order-steps.js';
import { Processes } from '../support/processes.js';
import { waitFor } from '../support/wait-for.js';

/** So slow that only a wake-up can start a run. */
const NEVER_BY_POLL = { RELAY_POLL_INTERVAL_MS: '600000' };

describe('a relay runs', () => {
  let steps: OrderSteps;
  const processes = new Processes();

  beforeEach(async () => {
    steps = await OrderSteps.open();
  });

  afterEach(async () => {
    await processes.end();
    await steps.close();
  });

  async function placeOrderAt({ app }: RunningApplication): Promise<string> {
    const outcome = await app.get(CreateOrder).create({
      customerId: 'alice',
      idempotencyKey: randomUUID(),
      items: [{ sku: 'cup-espresso', quantity: 1 }],
      paymentMethod: 'pm_card_visa',
      expectedTotal: null,
    });
    if (outcome.kind !== 'created') throw new Error(outcome.kind);
    return outcome.order.id;
  }

  async function untilConfirmed(orderId: string): Promise<void> {
    await waitFor('CONFIRMED', async () => (await steps.status(orderId)) === 'CONFIRMED');
  }

  /** Waits until the relay is subscribed to the wake-ups of other processes. */
  async function untilSubscribed(): Promise<void> {
    const redis = new Redis(steps.config.redis.url);
    const channel = `${steps.config.redis.prefix}:outbox-news`;
    try {
      await waitFor('a subscriber', async () => Number((await redis.pubsub('NUMSUB', channel))[1]) > 0);
    } finally {
      redis.disconnect();
    }
  }

  test('after a commit in its own process', async () => {
    const application = await steps.system.start(NEVER_BY_POLL);
    // When the first order is confirmed, the run at the start is over.
    await untilConfirmed(await placeOrderAt(application));
    await untilConfirmed(await placeOrderAt(application));
  });

  test('after a commit in another process', async () => {
    await processes.start({ ...steps.system.env, ...NEVER_BY_POLL, ROLE: 'relay,worker' });
    await untilSubscribed();
    await untilConfirmed(await steps.placeOrder());
    await untilConfirmed(await steps.placeOrder());
  });

  test('by its slow poll where the wake-up is lost', async () => {
    await steps.system.start({ ROLE: 'relay,worker', RELAY_POLL_INTERVAL_MS: '200' });
    // No relay is subscribed to wake-ups under this prefix.
    const other = await OrderSteps.open({ ...steps.system.env, REDIS_PREFIX: `{other-${randomUUID()}}` });
    try {
      const orderId = await other.placeOrder();
      await untilConfirmed(orderId);
    } finally {
      await other.close();
    }
  });
});
