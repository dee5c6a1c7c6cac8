import { Redis } from 'ioredis';
import { setTimeout as delay } from 'node:timers/promises';
import { signal } from '../../support/signal.js';
import type { System } from './system.js';

/** A row of the fault table. */
export interface Fault {
  readonly row: number;
  readonly what: string;
  /** The maximum of seconds after the fault's end until every acknowledged order is at rest. */
  readonly boundS: number;
  /** Causes the fault under load. @returns the time of its end by performance.now() */
  readonly cause: (system: System) => Promise<number>;
}

/** The faults of the sandbox. */
interface GatewayFault {
  readonly kind: 'latency' | 'charged_then_timeout';
  readonly endpoint: string;
  readonly latencyMs?: number;
}

const CONFIRM = 'payment_intents.confirm';
const SLOW: GatewayFault = { kind: 'latency', endpoint: CONFIRM, latencyMs: 5_000 };
const UNANSWERED: GatewayFault = { kind: 'charged_then_timeout', endpoint: CONFIRM };
/** The charges in progress when the fault begins. */
const SOME_CHARGES = 20;
/** The concurrency of both workers: further jobs wait in the queue. */
const WORKERS_FULL = 50;

export const FAULTS: readonly Fault[] = [
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
      for (let restart = 0; restart < 5; restart += 1) {
        await postgresDown(system, 0);
        await delay(5_000);
      }
      return postgresDown(system, 0);
    },
  },
  { row: 14, what: 'Redis stopped for 10 s', boundS: 10, cause: (system) => redisDown(system, 10_000) },
  {
    row: 15,
    what: 'Redis killed, back after 20 s',
    boundS: 10,
    cause: (system) => redisDown(system, 20_000, { killed: true }),
  },
  {
    row: 15,
    what: 'Redis paused for 20 s',
    boundS: 10,
    cause: async ({ redis }) => {
      signal([redis.pid], 'SIGSTOP');
      await delay(20_000);
      signal([redis.pid], 'SIGCONT');
      return performance.now();
    },
  },
  {
    row: 15,
    what: "Redis' connections cut twice a second for 10 s",
    boundS: 10,
    cause: async (system) => {
      for (let cut = 0; cut < 20; cut += 1) {
        await withRedis(system, async (redis) => {
          await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
          await redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub', 'SKIPME', 'yes');
        });
        await delay(500);
      }
      return performance.now();
    },
  },
  {
    row: 16,
    what: 'FLUSHALL',
    boundS: 30,
    cause: async (system) => {
      await inMidCharge(system, SLOW, WORKERS_FULL, () => withRedis(system, (redis) => redis.flushall()));
      return performance.now();
    },
  },
  {
    row: 16,
    what: 'Redis killed and restarted empty',
    boundS: 30,
    cause: async (system) => {
      await inMidCharge(system, SLOW, WORKERS_FULL, () =>
        redisDown(system, 0, { killed: true, empty: true }),
      );
      return performance.now();
    },
  },
  {
    row: 19,
    what: 'a worker killed with charges on their way',
    boundS: 45,
    cause: async (system) => {
      await inMidCharge(system, SLOW, SOME_CHARGES, () => system.killWorker());
      return performance.now();
    },
  },
  {
    row: 19,
    what: 'a worker killed with charges done and not known',
    boundS: 45,
    cause: async (system) => {
      await inMidCharge(system, UNANSWERED, SOME_CHARGES, () => system.killWorker());
      return performance.now();
    },
  },
  {
    row: 36,
    what: 'everything killed at once, and started again',
    boundS: 60,
    cause: (system) =>
      inMidCharge(system, UNANSWERED, SOME_CHARGES, async () => {
        await system.killEverything();
        const endedAt = performance.now();
        await system.startServers();
        await system.startProcesses();
        return endedAt;
      }),
  },
];

async function postgresDown(system: System, forMs: number): Promise<number> {
  await system.postgres.stop();
  await delay(forMs);
  await system.startPostgres();
  return performance.now();
}

async function redisDown(
  system: System,
  forMs: number,
  { killed = false, empty = false }: { readonly killed?: boolean; readonly empty?: boolean } = {},
): Promise<number> {
  if (killed) signal([system.redis.pid], 'SIGKILL');
  await system.redis.stop();
  await delay(forMs);
  await system.startRedis({ empty });
  return performance.now();
}

async function withRedis({ redis: { url } }: System, use: (redis: Redis) => Promise<unknown>): Promise<void> {
  const redis = new Redis(url);
  try {
    await use(redis);
  } finally {
    redis.disconnect();
  }
}

/** Causes a fault with this many charges in progress. The gateway's fault ends with the other one. */
async function inMidCharge<Result>(
  system: System,
  gatewayFault: GatewayFault,
  charges: number,
  cause: () => Promise<Result>,
): Promise<Result> {
  const before = await confirmations(system);
  await sandbox(system, 'POST', 'faults', gatewayFault);
  while ((await confirmations(system)) < before + charges) await delay(20);
  const result = await cause();
  await sandbox(system, 'DELETE', 'faults');
  return result;
}

async function confirmations(system: System): Promise<number> {
  const { requests } = (await sandbox(system, 'GET', 'requests')) as { requests: Record<string, number> };
  return requests[CONFIRM] ?? 0;
}

async function sandbox(
  system: System,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: object,
): Promise<unknown> {
  const response = await fetch(`${system.sandbox.url}/_sandbox/${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(await response.text());
  return response.json();
}
