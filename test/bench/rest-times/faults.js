import { Redis } from 'ioredis';
import { setTimeout as delay } from 'node:timers/promises';
import { kill } from './system.js';

const CONFIRM = 'payment_intents.confirm';
const SLOW = { kind: 'latency', endpoint: CONFIRM, latencyMs: 5_000 };
const UNANSWERED = { kind: 'charged_then_timeout', endpoint: CONFIRM };
/** Both workers' concurrency: further jobs wait in the queue. */
const WORKERS_FULL = 50;

/**
 * The rows of the fault table: each causes its fault under load, and returns when the fault has ended, or the
 * moment at which it had.
 * boundS: within so many seconds after that every acknowledged order is at rest.
 */
export const FAULTS = [
  {
    row: 5,
    what: 'PostgreSQL stopped for 10 s',
    boundS: 5,
    cause: (system) => postgresDown(system, 10_000),
  },
  {
    row: 6,
    what: 'PostgreSQL restarted every 5 s for 30 s',
    boundS: 60,
    cause: async (system) => {
      for (let restart = 0; restart < 6; restart += 1) {
        await postgresDown(system, 0);
        if (restart < 5) await delay(5_000);
      }
    },
  },
  { row: 14, what: 'Redis stopped for 10 s', boundS: 10, cause: (system) => redisDown(system, 10_000) },
  {
    row: 15,
    what: 'Redis killed, back after 20 s',
    boundS: 10,
    cause: (system) => redisDown(system, 20_000, { signal: 'SIGKILL' }),
  },
  {
    row: 15,
    what: 'Redis paused for 20 s',
    boundS: 10,
    cause: async ({ redis }) => {
      kill([redis.pid], 'SIGSTOP');
      await delay(20_000);
      kill([redis.pid], 'SIGCONT');
    },
  },
  {
    row: 15,
    what: "Redis' connections cut twice a second for 10 s",
    boundS: 10,
    cause: async (system) => {
      for (let cut = 0; cut < 20; cut += 1) {
        await withRedis(system, async (redis) => {
          for (const type of ['normal', 'pubsub']) await redis.client('KILL', 'TYPE', type, 'SKIPME', 'yes');
        });
        await delay(500);
      }
    },
  },
  {
    row: 16,
    what: 'FLUSHALL',
    boundS: 30,
    cause: (system) =>
      inMidCharge(system, SLOW, () => withRedis(system, (redis) => redis.flushall()), WORKERS_FULL),
  },
  {
    row: 16,
    what: 'Redis killed and restarted empty',
    boundS: 30,
    cause: (system) =>
      inMidCharge(system, SLOW, () => redisDown(system, 0, { signal: 'SIGKILL', empty: true }), WORKERS_FULL),
  },
  {
    row: 19,
    what: 'a worker killed with charges on their way',
    boundS: 45,
    cause: (system) => inMidCharge(system, SLOW, () => killWorker(system)),
  },
  {
    row: 19,
    what: 'a worker killed with charges done and not known',
    boundS: 45,
    cause: (system) => inMidCharge(system, UNANSWERED, () => killWorker(system)),
  },
  {
    row: 36,
    what: 'everything killed at once, and started again',
    boundS: 60,
    cause: (system) =>
      inMidCharge(system, UNANSWERED, async () => {
        await system.killEverything();
        const endedAt = performance.now();
        await system.startServers();
        await system.startProcesses();
        return endedAt;
      }),
  },
];

async function postgresDown(system, forMs) {
  await system.postgres.stop();
  await delay(forMs);
  system.postgres = await system.startPostgres();
}

async function redisDown(system, forMs, { signal, empty = false } = {}) {
  if (signal !== undefined) kill([system.redis.pid], signal);
  await system.redis.stop();
  await delay(forMs);
  system.redis = await system.startRedis({ empty });
}

async function withRedis({ redis: { url } }, use) {
  const redis = new Redis(url);
  try {
    await use(redis);
  } finally {
    redis.disconnect();
  }
}

/** With so many charges on their way. The gateway's fault ends with the other one. */
async function inMidCharge(system, gatewayFault, cause, charges = 20) {
  const confirms = async () => (await sandbox(system, 'GET', 'requests')).requests[CONFIRM];
  const before = await confirms();
  await sandbox(system, 'POST', 'faults', gatewayFault);
  while ((await confirms()) < before + charges) await delay(20);
  const endedAt = await cause();
  await sandbox(system, 'DELETE', 'faults');
  return endedAt;
}

async function sandbox(system, method, path, body) {
  const response = await fetch(`${system.sandbox.url}/_sandbox/${path}`, {
    method,
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(await response.text());
  return response.json();
}

/** An orchestrator starts another one in its place, which takes its time. */
async function killWorker(system) {
  const [doomed] = system.workers;
  doomed.child.kill('SIGKILL');
  await doomed.ended;
  system.afterwards = () => system.replace(doomed);
}
