import { setTimeout as delay } from 'node:timers/promises';
import type { OwnRedis } from '../../support/own-redis.js';
import type { System } from '../system/system.js';
import type { Fault, Plan, Strike } from './fault.js';
import { lasting } from './lasting.js';
import { planFor, type Range } from './plan.js';
import { isSilent, REDIS_REQUEST } from './silence.js';

const CUT_EVERY_MS = 500;
const AT_ONCE: Range = [0, 0];

export const REDIS_FAULTS: readonly Fault[] = [
  onRedis('kill-redis', 'Redis is killed, and started again', [1_500, 3_500], kill),
  onRedis('pause-redis', 'Redis is paused', [2_500, 4_500], pause),
  onRedis('empty-redis', 'Redis is killed, and started again without its data', AT_ONCE, empty),
  onRedis('flush-redis', "all of Redis' data is deleted (FLUSHALL)", AT_ONCE, flush),
  onRedis('cut-redis-connections', 'Redis closes all connections repeatedly', [2_000, 3_000], cut),
  onRedis('limit-redis-memory', "Redis' memory is used up", [2_500, 4_000], limitMemory),
  onRedis('fill-redis-disk', "Redis' disk is full", [2_500, 4_000], fillDisk),
  onRedis('demote-redis', 'Redis is a replica for a while, under open connections', [2_500, 4_000], demote),
  {
    name: 'fail-over-redis',
    what: 'another Redis takes over, and the old one keeps its connections as a replica',
    plan: planFor(['redis'], [1_500, 3_000]),
    cause: failOver,
  },
];

function onRedis(
  name: string,
  what: string,
  duration: Range,
  cause: (redis: OwnRedis, plan: Plan) => Promise<Strike>,
): Fault {
  return { name, what, plan: planFor(['redis'], duration), cause: ({ redis }, plan) => cause(redis, plan) };
}

async function kill(redis: OwnRedis, { durationMs }: Plan): Promise<Strike> {
  await redis.kill();
  try {
    await delay(durationMs);
  } finally {
    await redis.startAgain();
  }
  return { struck: 1, detail: `Redis was killed, and started again ${durationMs} ms later` };
}

async function pause(redis: OwnRedis, plan: Plan): Promise<Strike> {
  let silent = 0;
  await redis.pause();
  try {
    await lasting(plan, async () => {
      if (await isSilent(redis.url, REDIS_REQUEST)) silent += 1;
      return silent;
    });
  } finally {
    redis.resume();
  }
  return { struck: silent, detail: `Redis was paused, and left ${silent} requests without an answer` };
}

async function empty(redis: OwnRedis, plan: Plan): Promise<Strike> {
  // An empty Redis has no data to lose.
  const keys = await lasting(plan, () => countKeys(redis));
  await redis.startAgainEmpty();
  return { struck: keys, detail: `Redis was killed, and started again without its ${keys} keys` };
}

async function flush(redis: OwnRedis, plan: Plan): Promise<Strike> {
  const keys = await lasting(plan, () => countKeys(redis));
  await redis.flush();
  return { struck: keys, detail: `${keys} keys were deleted in Redis` };
}

async function cut(redis: OwnRedis, { durationMs }: Plan): Promise<Strike> {
  let ended = 0;
  await lasting({ durationMs, everyMs: CUT_EVERY_MS }, async () => (ended += await redis.cutConnections()));
  return { struck: ended, detail: `${ended} connections were ended by Redis` };
}

async function limitMemory(redis: OwnRedis, plan: Plan): Promise<Strike> {
  let refused = 0;
  try {
    await redis.limitMemory();
    refused = await untilRefused(redis, plan, 'OOM');
  } finally {
    await redis.freeMemory();
  }
  return { struck: refused, detail: `Redis refused ${refused} commands as it was out of memory` };
}

async function fillDisk(redis: OwnRedis, plan: Plan): Promise<Strike> {
  let refused = 0;
  try {
    await redis.fillDisk();
    refused = await untilRefused(redis, plan, 'MISCONF');
  } finally {
    await redis.freeDisk();
  }
  return { struck: refused, detail: `Redis refused ${refused} commands as its disk was full` };
}

async function demote(redis: OwnRedis, plan: Plan): Promise<Strike> {
  let refused = 0;
  try {
    await redis.demote();
    refused = await untilRefused(redis, plan, 'READONLY');
  } finally {
    await redis.becomeMaster();
  }
  return { struck: refused, detail: `Redis refused ${refused} commands as a replica` };
}

async function failOver(system: System, plan: Plan): Promise<Strike> {
  const old = await system.failOverRedis();
  const refused = await lasting(
    plan,
    async () => (await countErrors(old, 'READONLY')) + (await countErrors(old, 'UNBLOCKED')),
  );
  return { struck: refused, detail: `Redis failed over; the old server refused ${refused} commands` };
}

/** @returns how many commands got this error during the fault, without those of earlier ones */
async function untilRefused(redis: OwnRedis, plan: Plan, error: string): Promise<number> {
  const before = await countErrors(redis, error);
  return lasting(plan, async () => (await countErrors(redis, error)) - before);
}

async function countErrors(redis: OwnRedis, error: string): Promise<number> {
  const statistics = await redis.ask((client) => client.info('errorstats'));
  return Number(new RegExp(`^errorstat_${error}:count=(\\d+)`, 'm').exec(statistics)?.[1] ?? 0);
}

async function countKeys(redis: OwnRedis): Promise<number> {
  return redis.ask((client) => client.dbsize());
}
