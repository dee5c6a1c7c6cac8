import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';
import { type SandboxProcess, startSandboxProcess } from '../../../src/dev/sandbox-process.js';
import { onlyRow } from '../only-row.js';
import { PaymentQueue } from '../payment-queue.js';
import { cpuSeconds, type ServerProcess } from '../processes.js';
import type { Report } from '../report.js';
import type { Stand } from '../stand.js';
import { storeOrders } from '../stored-orders.js';
import { Subject } from '../subject.js';
import type { Payments } from '../subjects/gateway-calls.js';
import type { TargetId } from '../targets.js';
import type { Benchmark, Rounds } from './benchmark.js';

/** WORKER_CONCURRENCY's default. */
const CONCURRENCY = 25;
/** Both sides run this many first, to warm up. */
const WARM_UP = 1_000;
const POLL_MS = 100;
/** The latency of a gateway on the Internet; the sandbox alone answers within a millisecond. */
const SLOW_MS = 50;

/** A worker process with a queue full of jobs, and a bare loop of the same gateway calls, in turns. The sandbox's CPU is part of both. */
export const workerPayments: Benchmark = {
  ids: ['P7', 'P7b'],
  what: `a worker process, ${CONCURRENCY} payments at a time`,
  async run(stand, report, rounds) {
    const queue = new PaymentQueue(stand.redis.url);
    stand.onStop(() => queue.close());
    await compare('P7', stand.sandbox, { stand, queue, report, rounds });
    const slow = await startSandboxProcess({
      SANDBOX_PORT: '0',
      SANDBOX_DATA_DIR: join(stand.directory, 'slow-sandbox'),
      SANDBOX_LATENCY_MS: String(SLOW_MS),
    });
    stand.onStop(() => slow.stop());
    await compare('P7b', slow, { stand, queue, report, rounds });
  },
};

interface Comparison {
  readonly stand: Stand;
  readonly queue: PaymentQueue;
  readonly report: Report;
  readonly rounds: Rounds;
}

async function compare(
  id: TargetId,
  sandbox: SandboxProcess,
  { stand, queue, report, rounds: { rounds, roundMs } }: Comparison,
): Promise<void> {
  const gateway = { STRIPE_API_BASE: sandbox.url };
  const bare = new Subject<Payments>('gateway-calls', { ...stand.environment, ...gateway });
  stand.onStop(() => bare.stop());
  const worker = await stand.startServer({
    ROLE: 'worker',
    WORKER_CONCURRENCY: String(CONCURRENCY),
    ...gateway,
  });
  await bare.ask({ concurrency: CONCURRENCY, durationMs: 2_000 });
  let { rate } = await payAll(stand, queue, WARM_UP);
  for (let round = 1; round <= rounds; round += 1) {
    const count = Math.ceil((rate * roundMs) / 1_000);
    const before = cpuOf(stand, worker, sandbox);
    const paid = await payAll(stand, queue, count);
    const after = cpuOf(stand, worker, sandbox);
    rate = paid.rate;
    const alone = await bare.ask({ concurrency: CONCURRENCY, durationMs: roundMs });
    const cpu = Object.entries(after)
      .map(
        ([name, seconds]) => `${name} ${(((seconds - (before[name] ?? 0)) / count) * 1_000).toFixed(2)} ms`,
      )
      .join(', ');
    report.progress(
      `  worker ${rate.toFixed(0)} payments/s (CPU a payment: ${cpu}); bare loop ${alone.toFixed(0)}/s`,
    );
    report.sample(id, rate / alone);
  }
  await worker.stop();
  await bare.stop();
}

interface Paid {
  readonly paid: number;
  /** Payments a second by the database's clock, from the end of the first to the end of the last one. */
  readonly rate: number;
}

/** Stores `count` orders, queues their charges, and waits until all are paid. */
export async function payAll(stand: Stand, queue: PaymentQueue, count: number): Promise<Paid> {
  const ids = await storeOrders(stand.sql, count, { delivered: true });
  await queue.add(ids);
  while ((await queue.count()) > 0) await delay(POLL_MS);
  const payments = await stand.sql.query<Paid>(
    `SELECT count(*)::int AS paid, (count(*) - 1) / extract(epoch FROM max(occurred_at) - min(occurred_at))::float8 AS rate
     FROM order_events WHERE order_id = ANY ($1::uuid[]) AND type = 'PAYMENT_SUCCEEDED'`,
    [ids],
  );
  const paid = onlyRow(payments);
  if (paid.paid !== count) throw new Error(`only ${paid.paid} of ${count} orders were paid`);
  return paid;
}

function cpuOf(
  stand: Stand,
  worker: ServerProcess,
  sandbox: SandboxProcess,
): Readonly<Record<string, number>> {
  return {
    worker: cpuSeconds(worker.pid),
    PostgreSQL: cpuSeconds(stand.postgres.pid),
    Redis: cpuSeconds(stand.redis.pid),
    sandbox: cpuSeconds(sandbox.pid),
  };
}
