import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Relay } from '../../src/outbox/relay.js';
import { ApiClient } from '../support/api-client.js';
import { CreateOrderDocument, orderInput } from '../support/documents.js';
import { OrderSteps } from '../support/order-steps.js';
import { OwnRedis } from '../support/own-redis.js';
import { Processes } from '../support/processes.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { waitFor } from '../support/wait-for.js';

describe('fault 14: while Redis', () => {
  let redis: OwnRedis;
  let steps: OrderSteps;
  let clients: number;
  const processes = new Processes();

  beforeEach(async () => {
    redis = await OwnRedis.start();
    steps = await OrderSteps.open({ REDIS_URL: redis.url, REDIS_COMMAND_TIMEOUT_MS: '500' });
    clients = await redis.clients();
  });

  afterEach(async () => {
    await processes.end();
    redis.resume();
    // A connection that is closed while it reconnects keeps its process alive for a while.
    await redis.startAgain();
    await waitFor('all connections', async () => (await redis.clients()) >= clients);
    await steps.close();
    await redis.end();
  });

  async function waiting(): Promise<boolean[]> {
    const messages = await steps.messages();
    expect(messages.every(({ delivered }) => !delivered)).toBe(true);
    return messages.map(({ leased }) => leased);
  }

  test.each([
    ['stopped', () => redis.stop()],
    ['hanging', () => redis.pause()],
  ])('is %s, a relay releases its messages, and delivers them later', async (_, takeDown) => {
    const { app } = await steps.system.start({ ROLE: 'relay', RELAY_POLL_INTERVAL_MS: '600000' });
    const relay = app.get(Relay);
    clients = await redis.clients();
    await takeDown();
    await steps.placeOrder();
    // The first run of the application's own loop may have claimed the message.
    await waitFor('a run that fails', () =>
      relay.runOnce().then(
        () => false,
        () => true,
      ),
    );
    await waitFor('the release of the message', async () => (await waiting()).every((leased) => !leased));
    redis.resume();
    await redis.startAgain();
    // An earlier wake-up may start the application's own loop, which then delivers first.
    await waitFor('a delivery', async () => {
      await relay.runOnce();
      return (await steps.messages()).every(({ delivered }) => delivered);
    });
    expect(await steps.jobs()).toBe(1);
  });

  test.each([
    ['stopped', () => redis.stop()],
    ['hanging', () => redis.pause()],
  ])('is %s, orders are created, and confirmed when it is back', async (_, takeDown) => {
    const { url } = await processes.start(steps.system.env);
    const client = new ApiClient(url, await steps.system.token('alice'));
    await takeDown();
    const orders: string[] = [];
    for (let order = 0; order < 5; order += 1) {
      const { createOrder } = await client.data(CreateOrderDocument, { input: orderInput() });
      if (createOrder.__typename !== 'CreateOrderSuccess') throw new Error(createOrder.__typename);
      expect(createOrder).toMatchObject({ replayed: false, order: { status: 'PENDING' } });
      orders.push(createOrder.order.id);
    }
    expect(await waiting()).toHaveLength(5);
    redis.resume();
    await redis.startAgain();
    for (const orderId of orders) {
      await waitFor('CONFIRMED', async () => (await steps.status(orderId)) === 'CONFIRMED');
      expect(await steps.captures(orderId)).toBe(1);
      expect((await steps.history(orderId)).at(-1)).toBe('PAYMENT_SUCCEEDED');
    }
  });

  test('is stopped, a process that starts creates orders, and confirms them when Redis is back', async () => {
    await redis.stop();
    const { url } = await processes.start(steps.system.env);
    const client = new ApiClient(url, await steps.system.token('alice'));
    const { createOrder } = await client.data(CreateOrderDocument, { input: orderInput() });
    if (createOrder.__typename !== 'CreateOrderSuccess') throw new Error(createOrder.__typename);
    const { id } = createOrder.order;
    expect(await waiting()).toHaveLength(1);
    await redis.startAgain();
    await waitFor('CONFIRMED', async () => (await steps.status(id)) === 'CONFIRMED');
    expect(await steps.captures(id)).toBe(1);
  });
});

/** Cuts the first connection that sends a second INFO, and refuses the next five. */
function cutAtSecondInfo(proxy: TcpProxy): void {
  const infos = new Map<object, number>();
  proxy.plan({
    fits: (question, connection) => {
      const count = question.toString().match(/\r\ninfo\r\n/gi)?.length ?? 0;
      infos.set(connection, (infos.get(connection) ?? 0) + count);
      return (infos.get(connection) ?? 0) >= 2;
    },
    fault: 'cut-question',
    happened: () => {
      proxy.refuseNext(5);
    },
  });
}

describe('a relay whose Redis connections are cut during their ready check', () => {
  test('delivers once Redis can be reached', async () => {
    const redis = await OwnRedis.start();
    const proxy = await TcpProxy.start(redis.url);
    cutAtSecondInfo(proxy);
    const steps = await OrderSteps.open({ REDIS_URL: redis.url });
    try {
      await steps.system.start({ ROLE: 'relay', REDIS_URL: proxy.url });
      await steps.placeOrder();
      await waitFor('a delivery', async () => (await steps.messages())[0]?.delivered);
      expect(await steps.jobs()).toBe(1);
    } finally {
      await steps.close();
      await proxy.end();
      await redis.end();
    }
  });
});
