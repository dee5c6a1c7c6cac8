import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { captures, ordersWithHoles, untilConfirmed } from '../support/placed-orders.js';
import { waitFor } from '../support/wait-for.js';
import { preload, WorkerDrill } from '../support/worker-drill.js';

const HOUR_MS = 3_600_000;
const AHEAD = { ...preload('shift-clock.js'), CLOCK_SHIFT_MS: String(HOUR_MS) };
const BEHIND = { ...preload('shift-clock.js'), CLOCK_SHIFT_MS: String(-HOUR_MS) };
const ORDERS = 20;
/** How much earlier than its pause an order may be retried, including the difference of two clocks. */
const EARLY_MS = 1_100;

describe('fault 32: with clocks an hour off', () => {
  let drill: WorkerDrill;

  beforeEach(async () => {
    drill = await WorkerDrill.open({
      // Long enough to detect a skipped pause.
      PAYMENT_RETRY_BASE_MS: '3000',
      PAYMENT_RETRY_CAP_MS: '4000',
      // No worker dies here: a stalled job would be due to a wrong clock.
      WORKER_LOCK_MS: '10000',
      PAYMENT_BREAKER_FAILURES: '1000',
      RECOVERY_INTERVAL_MS: '500',
      RECOVERY_STUCK_AFTER_MS: '2000',
    });
  });

  afterEach(async () => {
    await drill.close();
  });

  async function relay(env = {}): Promise<void> {
    await drill.processes.start({ ...drill.steps.system.env, ROLE: 'relay', ...env });
  }

  /** Only charges: reconciliation asks the gateway, too. */
  async function failEachOrderOnce(): Promise<void> {
    await drill.steps.sandbox.addFault({
      kind: 'http_500',
      endpoint: 'payment_intents.create',
      count: ORDERS,
    });
  }

  async function placeOrders(count: number): Promise<string[]> {
    return Promise.all(Array.from({ length: count }, () => drill.steps.placeOrder()));
  }

  /** Pauses after which the order's next event came too early, by the database's clock. */
  async function skippedPauses(): Promise<unknown[]> {
    const pauses = drill.processes
      .log()
      .flatMap(({ msg, orderId, attempt, afterMs }) =>
        msg === 'attempt failed' ? [{ orderId, note: `Attempt ${String(attempt)} failed%`, afterMs }] : [],
      );
    expect(pauses.length).toBeGreaterThanOrEqual(ORDERS);
    return drill.steps.select(
      `SELECT pause."orderId", pause."afterMs", failed.occurred_at AS failed, next.occurred_at AS next
       FROM jsonb_to_recordset($1) AS pause ("orderId" uuid, note text, "afterMs" int)
       JOIN order_events failed ON failed.order_id = "orderId" AND failed.note LIKE pause.note
       JOIN order_events next ON next.order_id = "orderId" AND next.version = failed.version + 1
       WHERE next.occurred_at < failed.occurred_at + (pause."afterMs" - $2) * interval '1 millisecond'`,
      [JSON.stringify(pauses), EARLY_MS],
    );
  }

  async function expectAllCharged(ids: readonly string[]): Promise<void> {
    const { sql, sandboxUrl } = drill.steps.system;
    await untilConfirmed(sql, ids, 30_000);
    expect([...(await captures(sandboxUrl)).values()]).toEqual(ids.map(() => 1));
    expect(await ordersWithHoles(sql)).toEqual([]);
    expect(await skippedPauses()).toEqual([]);
    await drill.untilQueueIsEmpty();
    // With a clock an hour ahead, every lock and lease would seem expired.
    expect(drill.processes.stalledJobs()).toEqual([]);
  }

  test('relays and workers ahead and behind capture each order once and skip no pause', async () => {
    await failEachOrderOnce();
    await Promise.all([AHEAD, BEHIND, {}].flatMap((clock) => [relay(clock), drill.worker(clock)]));
    await expectAllCharged(await placeOrders(ORDERS));
  }, 90_000);

  test('recovery runs jobs that a killed worker, ahead, had delayed by its own clock', async () => {
    await failEachOrderOnce();
    const [worker] = await Promise.all([drill.worker(AHEAD), relay()]);
    const ids = await placeOrders(ORDERS);
    const delayed = () => drill.steps.queue.getDelayed();
    await waitFor('all jobs to be delayed', async () => (await delayed()).length === ORDERS, 30_000);
    await worker.stop('SIGKILL');
    await drill.worker();
    await expectAllCharged(ids);
    const promoted = 'a delayed job was overdue (a wrong clock?); it runs now';
    const jobs = drill.processes.log().flatMap(({ msg, jobId }) => (msg === promoted ? [jobId] : []));
    expect(new Set(jobs)).toEqual(new Set(ids.map((id) => `charge-order-${id}`)));
  }, 90_000);
});
