import { join } from 'node:path';
import type { OwnPostgres } from '../../support/own-postgres.js';
import { waitFor } from '../../support/wait-for.js';
import type { Rewind } from '../evidence.js';
import type { System } from '../system/system.js';
import type { Fault, Plan, Strike } from './fault.js';
import { lasting } from './lasting.js';
import { planFor, type Range } from './plan.js';

/** How far PostgreSQL goes back: some seconds of orders. */
const LOST_TIME: Range = [2_000, 4_000];
const KEYS_TIMEOUT_MS = 30_000;

/**
 * PostgreSQL loses commits that it has acknowledged. Every other fault may be active at the same time, except those of
 * PostgreSQL itself: then nobody could say which commits were lost by which of them.
 */
export const REWIND_FAULTS: readonly Fault[] = [
  rewinding('restore-postgres', 'PostgreSQL is set back to a copy that is some seconds old', restore),
  rewinding(
    'restore-old-postgres',
    'PostgreSQL is set back, and the payment gateway has forgotten its idempotency keys, as after a day',
    (system, plan) => restore(system, plan, () => forgetKeys(system)),
  ),
  rewinding(
    'promote-lagging-standby',
    'PostgreSQL is killed, and a standby takes over that has got nothing for some seconds',
    promote,
  ),
];

type Lost = Omit<Rewind, 'fault'> & { readonly orders: number };

function rewinding(name: string, what: string, lose: (system: System, plan: Plan) => Promise<Lost>): Fault {
  return {
    name,
    what,
    plan: planFor(['postgres'], LOST_TIME),
    cause: async (system, plan): Promise<Strike> => {
      const { orders, ...times } = await lose(system, plan);
      system.rewinds.push({ fault: name, ...times });
      const tookMs = Math.round(times.until - times.from);
      return {
        struck: orders,
        detail: `PostgreSQL lost its last ${tookMs} ms, and ${orders} orders with them`,
      };
    },
  };
}

async function restore(
  system: System,
  plan: Plan,
  whileDown: () => Promise<void> = async () => undefined,
): Promise<Lost> {
  const { postgres } = system;
  const copy = join(system.directory, 'postgres-copy');
  const from = system.now();
  await postgres.copyTo(copy);
  const known = await untilOrdersAreStored(postgres, plan);
  await postgres.kill();
  const until = system.now();
  try {
    await postgres.replaceFiles(copy);
    await whileDown();
  } finally {
    await postgres.startAgain();
  }
  return { from, until, backAt: system.now(), orders: await countMissing(postgres, known) };
}

async function promote(system: System, plan: Plan): Promise<Lost> {
  const { postgres } = system;
  const standby = await system.startStandby();
  const from = system.now();
  await standby.untilItHasEverything();
  standby.leaveBehind();
  const known = await untilOrdersAreStored(postgres, plan);
  await postgres.kill();
  const until = system.now();
  await system.failOverPostgres(standby);
  return { from, until, backAt: system.now(), orders: await countMissing(system.postgres, known) };
}

/** Nothing is charged meanwhile: PostgreSQL is down. */
async function forgetKeys(system: System): Promise<void> {
  const forget = () => system.control('DELETE', 'idempotency').then(() => true);
  await waitFor('the gateway to forget its keys', forget, KEYS_TIMEOUT_MS);
}

/** Lasts as planned, or longer until orders were stored. @returns the ids of all orders */
async function untilOrdersAreStored(postgres: OwnPostgres, plan: Plan): Promise<string[]> {
  const before = new Set(await orderIds(postgres));
  await lasting(plan, async () => (await orderIds(postgres)).filter((id) => !before.has(id)).length);
  return orderIds(postgres);
}

async function orderIds(postgres: OwnPostgres): Promise<string[]> {
  return (await postgres.query<{ id: string }>('SELECT id::text AS id FROM orders')).map(({ id }) => id);
}

async function countMissing(postgres: OwnPostgres, known: readonly string[]): Promise<number> {
  const ids = new Set(await orderIds(postgres));
  return known.filter((id) => !ids.has(id)).length;
}
