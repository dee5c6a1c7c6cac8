import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import { onlyRow } from '../only-row.js';
import { PaymentQueue } from '../payment-queue.js';
import { storeOrders } from '../stored-orders.js';
import type { Benchmark } from './benchmark.js';

/** The number of one customer's orders, all of which the gateway refuses. */
const REFUSED = 100;
const REFUSED_METHOD = 'pm_used_visa';
const POLL_MS = 20;
/** Far above the target; an order that takes longer is reported as this. */
const LONGEST_MS = 600_000;

/** How long a payment of another customer takes that is queued behind them. */
export const refusedOrders: Benchmark = {
  ids: ['refused'],
  what: `a payment queued behind ${REFUSED} that the gateway refuses`,
  async run(stand, report, { rounds }) {
    const queue = new PaymentQueue(stand.redis.url);
    stand.onStop(() => queue.close());
    const worker = await stand.startServer({ ROLE: 'worker' });
    for (let round = 1; round <= rounds; round += 1) {
      const refused = await storeOrders(stand.sql, REFUSED, { delivered: true });
      await stand.sql.query('UPDATE orders SET payment_method = $1 WHERE id = ANY ($2::uuid[])', [
        REFUSED_METHOD,
        refused,
      ]);
      const [good = ''] = await storeOrders(stand.sql, 1, { delivered: true });
      const startedAt = performance.now();
      await queue.add([...refused, good]);
      const seconds = (await untilConfirmed(stand.sql, good, startedAt)) / 1_000;
      report.progress(`  CONFIRMED after ${seconds.toFixed(2)} s`);
      report.sample('refused', seconds);
    }
    await worker.stop();
  },
};

async function untilConfirmed(sql: Pool, orderId: string, startedAt: number): Promise<number> {
  for (;;) {
    const elapsedMs = performance.now() - startedAt;
    const order = await sql.query<{ status: string }>('SELECT status FROM orders WHERE id = $1', [orderId]);
    if (onlyRow(order).status === 'CONFIRMED' || elapsedMs > LONGEST_MS) return elapsedMs;
    await delay(POLL_MS);
  }
}
