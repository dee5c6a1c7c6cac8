import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Environment } from '../support/test-system.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { waitFor } from '../support/wait-for.js';
import { LOST, ONCE, post, WebhookDrill } from './webhook-support.js';

const UNAVAILABLE = {
  status: 503,
  text: 'The event could not be stored for now. Send it again.\n',
  retryAfter: '5',
};
const SETTLED = [...LOST, 'PAYMENT_SUCCEEDED'];
/** The bound for an answer, even with a database in a black hole. */
const ANSWER_BOUND_MS = 5_000;

let drill: WebhookDrill;

afterEach(async () => {
  await drill.close();
}, 60_000);

async function untilStatus(orderId: string, status: string, timeoutMs?: number): Promise<void> {
  await waitFor(status, async () => (await drill.steps.status(orderId)) === status, timeoutMs);
}

describe('fault 29: a webhook while the database is unreachable', () => {
  let proxy: TcpProxy;
  let url: string;

  beforeEach(async () => {
    drill = await WebhookDrill.open();
    proxy = await TcpProxy.start(drill.steps.config.database.url);
    url = (await drill.steps.system.start({ ROLE: 'api', DATABASE_URL: proxy.url })).url;
  }, 60_000);

  afterEach(async () => {
    await proxy.end();
  });

  test('is answered 503, and sent again by the gateway until it is applied', async () => {
    proxy.swallowAll();
    drill.postbox.forwardTo = url;
    const startedAt = performance.now();
    const orderId = await drill.orderWithLostOutcome();
    // The PaymentIntent's own event and its success.
    const [first] = await waitFor(
      'answers',
      () => drill.postbox.replies.length >= 2 && drill.postbox.replies,
    );
    expect(performance.now() - startedAt).toBeLessThan(2 * ANSWER_BOUND_MS);
    expect(first).toEqual(UNAVAILABLE);
    expect(await drill.storedEvents()).toEqual([]);
    expect(await drill.steps.status(orderId)).toBe('PAYMENT_PROCESSING');
    proxy.restore();
    await untilStatus(orderId, 'CONFIRMED');
    await waitFor('both events', async () => (await drill.storedEvents()).length === 2);
    expect(await drill.steps.history(orderId)).toEqual(SETTLED);
  }, 60_000);

  test.each([
    ['before the event is stored, and the next one stores it', 'cut-question', 'Stored.\n'],
    ['after the event was stored, and the next one finds it known', 'cut-answer', 'Known already.\n'],
  ] as const)('gets 503 where the connection is cut %s', async (_name, fault, text) => {
    const orderId = await drill.orderWithLostOutcome();
    const letter = await drill.letter(orderId, 'payment_intent.succeeded');
    const met = proxy.next('transition-order-with-webhook-event', fault);
    expect(await post(url, letter)).toEqual(UNAVAILABLE);
    await met;
    expect(await post(url, letter)).toEqual({ status: 200, text, retryAfter: null });
    expect(await drill.steps.history(orderId)).toEqual(SETTLED);
  });
});

describe('fault 29: webhooks next to a running worker', () => {
  /** Longer than a test waits for an outcome. */
  const LONG_PAUSE = { PAYMENT_RETRY_BASE_MS: '60000', PAYMENT_RETRY_CAP_MS: '60000' };

  async function startWork(overrides: Environment = {}): Promise<void> {
    drill = await WebhookDrill.open({ PAYMENT_TIMEOUT_MS: '1000', ...overrides });
    drill.postbox.forwardTo = drill.url;
    await drill.steps.system.start({ ROLE: 'relay,worker' });
  }

  async function orderWithTimeout(): Promise<string> {
    const endpoint = 'payment_intents.confirm';
    await drill.sandbox.control.addFault({ kind: 'charged_then_timeout', endpoint, count: 1 });
    return drill.steps.placeOrder();
  }

  test('that are lost are not needed: the worker asks the gateway itself', async () => {
    await startWork();
    await drill.sandbox.control.addFault({ kind: 'drop_webhook' });
    const orderId = await orderWithTimeout();
    await untilStatus(orderId, 'CONFIRMED');
    expect(await drill.steps.history(orderId)).toEqual(SETTLED);
    expect(await drill.money(orderId)).toEqual(ONCE);
    expect(await drill.storedEvents()).toEqual([]);
  });

  test('that are lost with the job of their order are made up for by recovery', async () => {
    await startWork({ RECOVERY_STUCK_AFTER_MS: '500', RECOVERY_INTERVAL_MS: '200' });
    await drill.sandbox.control.addFault({ kind: 'drop_webhook' });
    await drill.sandbox.control.addFault({ kind: 'outage', endpoint: 'payment_intents.retrieve' });
    const orderId = await orderWithTimeout();
    await waitFor('the charge', async () => (await drill.money(orderId))?.captures === 1);
    await drill.steps.flushRedis();
    await drill.sandbox.control.clearFaults();
    await untilStatus(orderId, 'CONFIRMED', 30_000);
    expect(await drill.money(orderId)).toEqual(ONCE);
    expect(await drill.storedEvents()).not.toContain('payment_intent.succeeded');
  }, 60_000);

  test('settle an unknown outcome long before the retry, which finds nothing to do', async () => {
    await startWork(LONG_PAUSE);
    const orderId = await orderWithTimeout();
    await untilStatus(orderId, 'CONFIRMED');
    const history = await drill.steps.history(orderId);
    const [job] = await waitFor('the end of the attempt', async () => {
      const jobs = await drill.steps.queue.getDelayed();
      return jobs.length === 1 ? jobs : (await drill.steps.jobs()) === 0 && [];
    });
    // There is none where the webhook came before the end of the attempt.
    await job?.promote();
    await waitFor('the end of the retry', async () => (await drill.steps.jobs()) === 0);
    expect(await drill.steps.history(orderId)).toEqual(history);
    expect(await drill.money(orderId)).toEqual(ONCE);
    const requests = await drill.sandbox.control.requests(`?order=${orderId}`);
    expect(requests).toMatchObject({ 'payment_intents.confirm': 1 });
    expect(requests['payment_intents.retrieve'] ?? 0).toBe(0);
  });

  test('that come twice confirm each order once, and each event is stored once', async () => {
    await startWork();
    await drill.sandbox.control.addFault({ kind: 'duplicate_webhook' });
    const ids = await Promise.all(Array.from({ length: 40 }, () => drill.steps.placeOrder()));
    for (const id of ids) {
      await untilStatus(id, 'CONFIRMED', 30_000);
      expect((await drill.steps.history(id)).filter((type) => type === 'PAYMENT_SUCCEEDED')).toHaveLength(1);
      expect(await drill.money(id)).toEqual(ONCE);
    }
    // On a busy machine, one may time out and be sent once more.
    const accepted = () => drill.postbox.replies.filter(({ status }) => status === 200).length;
    await waitFor('each event twice', () => accepted() >= 4 * ids.length, 30_000);
    expect(await drill.storedEvents()).toHaveLength(2 * ids.length);
  }, 90_000);
});
