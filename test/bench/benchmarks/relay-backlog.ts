import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import { onlyRow } from '../only-row.js';
import { PaymentQueue } from '../payment-queue.js';
import { cpuSeconds } from '../processes.js';
import type { Stand } from '../stand.js';
import { storeOrders } from '../stored-orders.js';
import { Subject } from '../subject.js';
import type { Jobs } from '../subjects/add-bulk.js';
import type { Benchmark } from './benchmark.js';

const BACKLOG = 100_000;
const POLL_MS = 100;

/** A relay process that starts with a backlog, and addBulk alone, in turns. Both start cold. */
export const relayBacklog: Benchmark = {
  ids: ['P5'],
  what: `a relay process with a backlog of ${BACKLOG} messages`,
  async run(stand, report, { rounds }) {
    const queue = new PaymentQueue(stand.redis.url);
    stand.onStop(() => queue.close());
    for (let round = 1; round <= rounds; round += 1) {
      const relay = await drainBacklog(stand, queue, BACKLOG);
      const subject = new Subject<Jobs>('add-bulk', stand.environment);
      stand.onStop(() => subject.stop());
      const alone = await subject.ask({ count: BACKLOG });
      await subject.stop();
      await queue.clear();
      report.progress(
        `  relay ${relay.rate.toFixed(0)} messages/s (CPU a message: relay ${relay.relayUs.toFixed(0)} µs, PostgreSQL ${relay.postgresUs.toFixed(0)} µs, Redis ${relay.redisUs.toFixed(0)} µs); addBulk alone ${alone.toFixed(0)} jobs/s`,
      );
      report.sample('P5', relay.rate / alone);
    }
  },
};

/** The figures of a delivered backlog. */
interface Delivery {
  /** Messages a second by the database's clock, between the first batch's end and the last one's. */
  readonly rate: number;
  /** CPU a message, in µs. */
  readonly relayUs: number;
  readonly postgresUs: number;
  readonly redisUs: number;
}

/** Stores a backlog, has a new relay process deliver it, and empties the queue. */
export async function drainBacklog(stand: Stand, queue: PaymentQueue, count: number): Promise<Delivery> {
  const ids = await storeOrders(stand.sql, count);
  const before = cpuOf(stand);
  const relay = await stand.startServer({ ROLE: 'relay' });
  while (await isWaiting(stand.sql)) await delay(POLL_MS);
  const relaySeconds = cpuSeconds(relay.pid);
  const after = cpuOf(stand);
  await relay.stop();
  const added = await queue.count();
  if (added !== count) throw new Error(`${count} messages were delivered, but ${added} jobs were added`);
  await queue.clear();
  const delivery = await stand.sql.query<{ rate: number }>(
    `WITH delivered AS (SELECT delivered_at AS at FROM outbox_messages WHERE order_id = ANY ($1::uuid[])),
       ends AS (SELECT min(at) AS first, max(at) AS last FROM delivered)
     SELECT (SELECT count(*) FROM delivered, ends WHERE at > first) / extract(epoch FROM last - first)::float8 AS rate FROM ends`,
    [ids],
  );
  const us = (seconds: number) => (seconds / count) * 1e6;
  return {
    rate: onlyRow(delivery).rate,
    relayUs: us(relaySeconds),
    postgresUs: us(after.postgres - before.postgres),
    redisUs: us(after.redis - before.redis),
  };
}

function cpuOf(stand: Stand) {
  return { postgres: cpuSeconds(stand.postgres.pid), redis: cpuSeconds(stand.redis.pid) };
}

async function isWaiting(sql: Pool): Promise<boolean> {
  const answer = await sql.query<{ waiting: boolean }>(
    'SELECT EXISTS (SELECT FROM outbox_messages WHERE delivered_at IS NULL) AS waiting',
  );
  return onlyRow(answer).waiting;
}
