import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { FAULTS } from './rest-times/faults.js';
import { Load } from './rest-times/load.js';
import { System } from './rest-times/system.js';

/**
 * `node test/bench/rest-times.js [--rows 5,19,36]`, after a build: how long after a fault's end every
 * acknowledged order is at rest, with production settings, two processes of each role, and PostgreSQL, Redis
 * and a payment gateway of its own. Exit status 1 where a bound or an invariant is broken.
 */
const LOAD_BEFORE_MS = 3_000;
/** Beyond every bound; what is not at rest by then is told, and given up. */
const GIVE_UP_MS = 150_000;
const POLL_MS = 50;

const { values } = parseArgs({ options: { rows: { type: 'string' } } });
const chosen = values.rows?.split(',').map(Number);
const faults = FAULTS.filter(({ row }) => chosen?.includes(row) ?? true);
if (faults.length === 0) throw new Error(`--rows is a comma list of ${FAULTS.map(({ row }) => row)}`);

const directory = await mkdtemp(join(tmpdir(), 'order-rest-times-'));
const system = new System(directory);
let failed = false;
let interrupted = false;
process.once('SIGINT', () => (interrupted = true));
try {
  await system.start();
  console.log(line('row', 'fault', 'orders', 'creates after', 'at rest after', 'bound', ''));
  for (const fault of faults) if (!interrupted) await measure(fault);
} finally {
  await system.stop();
  await rm(directory, { recursive: true, force: true });
}
process.exitCode = failed ? 1 : 0;

async function measure({ row, what, boundS, cause }) {
  const load = new Load(system);
  await load.start();
  await delay(LOAD_BEFORE_MS);
  const endedAt = (await cause(system)) ?? performance.now();
  // Not before somebody has placed an order again.
  await until(() => load.acknowledged.some(({ at }) => at > endedAt));
  await load.stop();
  let broken = await untilAtRest(load);
  const restS = (performance.now() - endedAt) / 1_000;
  await system.afterwards?.();
  system.afterwards = undefined;
  if (broken === undefined) broken = await brokenInvariants(load);
  const createS = (load.acknowledged.find(({ at }) => at > endedAt)?.at - endedAt) / 1_000;
  const verdict = broken ?? (restS <= boundS ? 'met' : 'MISSED');
  if (verdict !== 'met') failed = true;
  console.log(
    line(
      row,
      what,
      load.acknowledged.length,
      `${createS.toFixed(1)} s`,
      `${restS.toFixed(1)} s`,
      `${boundS} s`,
      verdict,
    ),
  );
}

async function until(condition) {
  const deadline = performance.now() + GIVE_UP_MS;
  while (!(await condition())) {
    if (performance.now() > deadline) return false;
    await delay(POLL_MS);
  }
  return true;
}

/** Undefined when all acknowledged orders are at rest; else who is not. */
async function untilAtRest({ acknowledged }) {
  const ids = acknowledged.map(({ id }) => id);
  let busy = [];
  const isAtRest = await until(async () => {
    busy = await select(
      `SELECT id, status, recover_after FROM orders o
       WHERE id = ANY ($1) AND status IN ('PENDING', 'PAYMENT_PROCESSING', 'CANCELLING')
         AND NOT EXISTS (SELECT FROM dead_letters d WHERE d.order_id = o.id AND d.state = 'OPEN')`,
      [ids],
    );
    return busy.length === 0;
  });
  return isAtRest ? undefined : `${busy.length} NOT AT REST, such as ${JSON.stringify(busy[0])}`;
}

/** Undefined where all acknowledged orders are stored, whole, and paid once each. */
async function brokenInvariants({ acknowledged, lies }) {
  const ids = acknowledged.map(({ id }) => id);
  const [stored] = await select(
    `SELECT count(*)::int AS orders, count(*) FILTER (WHERE status = 'CONFIRMED')::int AS confirmed,
       (SELECT count(*)::int FROM dead_letters WHERE order_id = ANY ($1)) AS letters,
       (SELECT count(*)::int FROM orders o WHERE id = ANY ($1) AND version <>
         (SELECT count(*) FROM order_events e WHERE e.order_id = o.id)) AS holes
     FROM orders WHERE id = ANY ($1)`,
    [ids],
  );
  const captures = await ledger();
  const faults = [
    [ids.length - stored.orders, 'LOST'],
    [stored.holes, 'with holes in their history'],
    [stored.letters, 'dead letters'],
    [stored.orders - stored.confirmed, 'not CONFIRMED'],
    [ids.filter((id) => captures.get(id) !== 1).length, 'not captured once'],
    [lies.length, `wrong answers, such as ${lies[0]}`],
  ].filter(([count]) => count > 0);
  return faults.length === 0 ? undefined : faults.map(([count, name]) => `${count} ${name}`).join(', ');
}

async function ledger() {
  const captures = new Map();
  for (let after = '', hasMore = true; hasMore;) {
    const page = await (
      await fetch(`${system.sandbox.url}/_sandbox/ledger?limit=1000${after && `&after=${after}`}`)
    ).json();
    for (const order of page.orders) captures.set(order.orderId, order.captures);
    after = page.orders.at(-1)?.orderId ?? '';
    hasMore = page.hasMore;
  }
  return captures;
}

async function select(text, parameters) {
  const client = new pg.Client({ connectionString: system.postgres.url });
  await client.connect();
  try {
    return (await client.query(text, parameters)).rows;
  } finally {
    await client.end();
  }
}

function line(row, what, orders, creates, rest, bound, verdict) {
  return [
    String(row).padStart(3),
    what.padEnd(48),
    String(orders).padStart(6),
    creates.padStart(13),
    rest.padStart(13),
    bound.padStart(6),
    verdict,
  ].join('  ');
}
