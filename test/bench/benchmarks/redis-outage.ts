import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import { percentile } from '../figures.js';
import { Load } from '../load.js';
import { onlyRow } from '../only-row.js';
import { PaymentQueue } from '../payment-queue.js';
import { drainBacklog } from './relay-backlog.js';
import { payAll } from './worker-payments.js';
import type { Benchmark } from './benchmark.js';

const OUTAGE_MS = 60_000;
const CLOSED_CONNECTIONS = 16;
const OPEN_CONNECTIONS = 1_000;
/** The number of messages and payments with which the rates are measured. */
const MESSAGES = 30_000;
const PAYMENTS = 3_000;
const POLL_MS = 100;

/**
 * A minute without Redis, at half of the rate at which the system confirms orders. The load ends with the outage,
 * so that afterwards the system only drains the backlog.
 */
export const redisOutage: Benchmark = {
  ids: ['P8', 'P8b'],
  what: `${OUTAGE_MS / 1_000} s without Redis`,
  async run(stand, report, { roundMs }) {
    const queue = new PaymentQueue(stand.redis.url);
    stand.onStop(() => queue.close());
    const relay = await drainBacklog(stand, queue, MESSAGES);
    // Workers must not pay the orders with which the relay was measured.
    await stand.sql.query('UPDATE orders SET recover_after = NULL');
    const { url } = await stand.startServer({ ROLE: 'api' });
    await stand.startServer({ ROLE: 'worker' });
    await payAll(stand, queue, PAYMENTS);
    const worker = await payAll(stand, queue, PAYMENTS);
    await stand.startServer({ ROLE: 'relay' });
    const load = new Load({ url, tokens: stand.tokens, acknowledge: stand.acknowledge });
    const start = performance.now();
    const { created } = await load.closed(CLOSED_CONNECTIONS, roundMs);
    await untilDone(stand.sql);
    const carried = (created * 1_000) / (performance.now() - start);
    report.progress(
      `  relay ${relay.rate.toFixed(0)} messages/s, worker ${worker.rate.toFixed(0)} payments/s; all together ${carried.toFixed(0)} orders/s`,
    );
    const before = await load.open(carried / 2, roundMs, OPEN_CONNECTIONS);
    const during = await stand.withoutRedis(() => load.open(carried / 2, OUTAGE_MS, OPEN_CONNECTIONS));
    const failed = during.shed.length + during.failed;
    if (failed > 0) throw new Error(`${failed} orders were refused while Redis was down`);
    const [backAt, since] = [performance.now(), new Date()];
    const backlog = await waiting(stand.sql);
    await untilDone(stand.sql);
    const seconds = (performance.now() - backAt) / 1_000;
    const drain = await payments(stand.sql, since);
    const ideal = backlog / Math.min(relay.rate, worker.rate);
    const [quick, slow] = [percentile(before.created, 0.99), percentile(during.created, 0.99)];
    report.progress(
      `  a backlog of ${backlog} was done after ${seconds.toFixed(1)} s, at best ${ideal.toFixed(1)} s; 99th percentile of creates ${quick.toFixed(1)} ms before, ${slow.toFixed(1)} ms without Redis`,
    );
    report.progress(
      `  the first payment came after ${drain.first.toFixed(1)} s, from there on ${drain.rate.toFixed(0)} payments/s`,
    );
    report.sample('P8', seconds / ideal);
    report.sample('P8b', slow / quick);
    load.close();
  },
};

interface Drain {
  /** Seconds until the first payment. */
  readonly first: number;
  /** Payments a second from there to the last one. */
  readonly rate: number;
}

async function payments(sql: Pool, since: Date): Promise<Drain> {
  const drain = await sql.query<Drain>(
    `SELECT extract(epoch FROM min(occurred_at) - $1::timestamptz)::float8 AS first,
       count(*) / extract(epoch FROM max(occurred_at) - min(occurred_at))::float8 AS rate
     FROM order_events WHERE type = 'PAYMENT_SUCCEEDED' AND occurred_at > $1::timestamptz`,
    [since],
  );
  return onlyRow(drain);
}

/** The number of orders that are not at rest. */
async function waiting(sql: Pool): Promise<number> {
  const counted = await sql.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM orders WHERE recover_after IS NOT NULL',
  );
  return onlyRow(counted).count;
}

async function untilDone(sql: Pool): Promise<void> {
  while ((await waiting(sql)) > 0) await delay(POLL_MS);
}
