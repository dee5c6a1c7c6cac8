import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { OwnPostgres } from '../../support/own-postgres.js';
import type { Fault, Plan, Strike } from './fault.js';
import { lasting } from './lasting.js';
import { planFor, type Range } from './plan.js';

const CUT_EVERY_MS = 1_000;
/** The application_name of the system's connections. */
const SYSTEM = 'orders';

export const POSTGRES_FAULTS: readonly Fault[] = [
  onPostgres(
    'restart-postgres',
    'PostgreSQL is shut down cleanly and started again',
    [1_000, 3_000],
    restart,
  ),
  onPostgres('crash-postgres', 'PostgreSQL is killed, and started again', [500, 2_000], crash),
  onPostgres('pause-postgres', 'PostgreSQL is paused', [2_500, 4_500], pause),
  onPostgres(
    'terminate-backends',
    'PostgreSQL terminates all connections repeatedly',
    [2_000, 3_000],
    terminateBackends,
  ),
  {
    ...onPostgres('fill-postgres-disk', "PostgreSQL's disk is full", [2_500, 4_000], fillDisk),
    isPossible: ({ postgres }) => postgres.hasSmallDisk,
  },
];

function onPostgres(
  name: string,
  what: string,
  duration: Range,
  cause: (postgres: OwnPostgres, plan: Plan) => Promise<Strike>,
): Fault {
  return {
    name,
    what,
    plan: planFor(['postgres'], duration),
    cause: ({ postgres }, plan) => cause(postgres, plan),
  };
}

async function restart(postgres: OwnPostgres, { durationMs }: Plan): Promise<Strike> {
  await postgres.stop();
  try {
    await delay(durationMs);
  } finally {
    await postgres.startAgain();
  }
  return { struck: 1, detail: `PostgreSQL was stopped, and started again ${durationMs} ms later` };
}

async function crash(postgres: OwnPostgres, { durationMs }: Plan): Promise<Strike> {
  let killed = 0;
  try {
    killed = await postgres.kill();
    await delay(durationMs);
  } finally {
    await postgres.startAgain();
  }
  return {
    struck: killed,
    detail: `${killed} processes of PostgreSQL were killed; started again ${durationMs} ms later`,
  };
}

async function pause(postgres: OwnPostgres, { durationMs }: Plan): Promise<Strike> {
  let paused = 0;
  try {
    paused = await postgres.pause();
    await delay(durationMs);
  } finally {
    postgres.resume();
  }
  return { struck: paused, detail: `${paused} processes of PostgreSQL were paused for ${durationMs} ms` };
}

async function terminateBackends(postgres: OwnPostgres, { durationMs }: Plan): Promise<Strike> {
  let ended = 0;
  await lasting({ durationMs, everyMs: CUT_EVERY_MS }, async () => {
    const rows = await postgres.query<{ ended: boolean }>(
      'SELECT pg_terminate_backend(pid) AS ended FROM pg_stat_activity WHERE application_name = $1',
      [SYSTEM],
    );
    ended += rows.filter((row) => row.ended).length;
    return ended;
  });
  return { struck: ended, detail: `${ended} connections were ended by PostgreSQL` };
}

async function fillDisk(postgres: OwnPostgres, plan: Plan): Promise<Strike> {
  let refused = 0;
  try {
    await postgres.fillDisk();
    await lasting(plan, async () => {
      if (await isFull(postgres)) refused += 1;
      return refused;
    });
  } finally {
    await postgres.freeDisk();
  }
  return { struck: refused, detail: `PostgreSQL found its disk full ${refused} times` };
}

/** Whether the disk of the system's tables has no room for another megabyte. */
async function isFull(postgres: OwnPostgres): Promise<boolean> {
  try {
    await postgres.query(
      `CREATE TEMPORARY TABLE room ON COMMIT DROP AS
       SELECT repeat('x', 1000) FROM generate_series(1, 1000)`,
    );
    return false;
  } catch (error) {
    // disk_full is the error that this fault causes.
    if (error instanceof pg.DatabaseError && error.code === '53100') return true;
    throw error;
  }
}
