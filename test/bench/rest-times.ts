import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Fault, FAULTS } from './rest-times/faults.js';
import { brokenInvariants, select } from './rest-times/invariants.js';
import { Load } from './rest-times/load.js';
import { System } from './rest-times/system.js';

/**
 * `node dist/test/bench/rest-times.js [--rows 5,19,36]`, after `npm run bench:build`: how long after a fault's end every
 * acknowledged order is at rest, with production settings, two processes of each role, and its own PostgreSQL, Redis
 * and payment gateway. Exit status 1 if a bound or an invariant is broken.
 */
const LOAD_BEFORE_MS = 3_000;
/** Longer than every bound; orders that are not at rest by then are reported. */
const GIVE_UP_MS = 150_000;
const POLL_MS = 50;

const { values } = parseArgs({ options: { rows: { type: 'string' } } });
const chosen = values.rows?.split(',').map(Number);
const faults = FAULTS.filter(({ row }) => chosen?.includes(row) ?? true);
if (faults.length === 0)
  throw new Error(`--rows is a comma-separated list of ${FAULTS.map(({ row }) => row).join(', ')}`);

const directory = await mkdtemp(join(tmpdir(), 'order-rest-times-'));
const system = new System(directory);
const interruption = new AbortController();
process.once('SIGINT', () => {
  interruption.abort();
});
try {
  await system.start();
  console.log(line(['row', 'fault', 'orders', 'creates after', 'at rest after', 'bound', '']));
  for (const fault of faults) if (!interruption.signal.aborted && !(await isMet(fault))) process.exitCode = 1;
} finally {
  await system.stop();
  await rm(directory, { recursive: true, force: true });
}

/** Causes the fault, and prints its result. */
async function isMet({ row, what, boundS, cause }: Fault): Promise<boolean> {
  const load = await Load.start(system);
  await delay(LOAD_BEFORE_MS);
  const endedAt = await cause(system);
  // First a customer must have placed an order again.
  await until(() => load.acknowledged.some(({ at }) => at > endedAt));
  await load.stop();
  const busy = await untilAtRest(load);
  const restS = (performance.now() - endedAt) / 1_000;
  await system.repair();
  const broken = busy ?? (await brokenInvariants(system, load));
  const createdAt = load.acknowledged.find(({ at }) => at > endedAt)?.at ?? NaN;
  const createS = (createdAt - endedAt) / 1_000;
  const verdict = broken ?? (restS <= boundS ? 'met' : 'MISSED');
  const orders = String(load.acknowledged.length);
  const times = [`${createS.toFixed(1)} s`, `${restS.toFixed(1)} s`, `${boundS} s`] as const;
  console.log(line([String(row), what, orders, ...times, verdict]));
  return verdict === 'met';
}

async function until(condition: () => boolean | Promise<boolean>): Promise<boolean> {
  const deadline = performance.now() + GIVE_UP_MS;
  while (!(await condition())) {
    if (performance.now() > deadline) return false;
    await delay(POLL_MS);
  }
  return true;
}

/** Undefined when all acknowledged orders are at rest; else the ones that are not. */
async function untilAtRest({ acknowledged }: Load): Promise<string | undefined> {
  const ids = acknowledged.map(({ id }) => id);
  let busy: readonly object[] = [];
  const isAtRest = await until(async () => {
    busy = await select(
      system,
      `SELECT id, status, recover_after FROM orders o
       WHERE id = ANY ($1) AND status IN ('PENDING', 'PAYMENT_PROCESSING', 'CANCELLING')
         AND NOT EXISTS (SELECT FROM dead_letters d WHERE d.order_id = o.id AND d.state = 'OPEN')`,
      ids,
    );
    return busy.length === 0;
  });
  return isAtRest ? undefined : `${busy.length} NOT AT REST, such as ${JSON.stringify(busy[0])}`;
}

/** Row, fault, orders, creates, rest, bound and verdict. */
type Line = readonly [string, string, string, string, string, string, string];

function line([row, what, orders, creates, rest, bound, verdict]: Line): string {
  return [
    row.padStart(3),
    what.padEnd(48),
    orders.padStart(6),
    creates.padStart(13),
    rest.padStart(13),
    bound.padStart(6),
    verdict,
  ].join('  ');
}
