import { fillOrders } from '../fill-orders.js';
import { addWaiting, claim, LISTS } from '../hot-statements.js';
import { Load } from '../load.js';
import { Plans } from '../plans.js';
import type { Report } from '../report.js';
import type { ShopDatabase } from '../shop-database.js';
import type { Stand } from '../stand.js';
import type { Benchmark } from './benchmark.js';

const SMALL = 10_000;
const BIG = 1_000_000;
/** Enough to keep one process busy. */
const CONNECTIONS = 64;
const SHOPS = ['small', 'big'] as const;

/**
 * A young shop and an old one: two databases on one server that differ only in their size. Orders are sent
 * to an api process for each; the buffers are those that PostgreSQL counts for the statements of the built code.
 */
export const size: Benchmark = {
  ids: ['P11', 'P11b', 'P11c'],
  what: `${BIG} orders next to ${SMALL}`,
  async run(stand, report, { rounds, roundMs }) {
    const big = stand.database;
    const small = await stand.addDatabase('small');
    await fillOrders(small.sql, SMALL);
    await fillOrders(big.sql, BIG);
    report.progress('  the orders are there');
    await compareBuffers(small, big, report);
    const loads = { small: await loadOn(stand, small, 0), big: await loadOn(stand, big, 1) };
    for (const load of Object.values(loads)) await load.closed(CONNECTIONS, roundMs);
    for (let round = 1; round <= rounds; round += 1) {
      const rates = { small: 0, big: 0 };
      for (const shop of round % 2 === 0 ? SHOPS.toReversed() : SHOPS)
        rates[shop] = (await loads[shop].closed(CONNECTIONS, roundMs)).rate;
      report.progress(`  ${rates.small.toFixed(0)} orders/s, and ${rates.big.toFixed(0)} among ${BIG}`);
      report.sample('P11', rates.big / rates.small);
    }
    for (const load of Object.values(loads)) load.close();
  },
};

async function loadOn(stand: Stand, { url, acknowledge }: ShopDatabase, index: number): Promise<Load> {
  const environment = { ROLE: 'api', DATABASE_URL: url, REDIS_PREFIX: `{shop-${index}}` };
  const server = await stand.startServer(environment);
  return new Load({ url: server.url, tokens: stand.tokens, acknowledge });
}

async function compareBuffers(small: ShopDatabase, big: ShopDatabase, report: Report): Promise<void> {
  const before = await buffersOf(small.url);
  const after = await buffersOf(big.url);
  for (const [name, buffers] of Object.entries(before))
    report.progress(`  ${name}: ${buffers} buffers, and ${after[name] ?? NaN} among ${BIG}`);
  const ratio = (name: string) => (after[name] ?? NaN) / (before[name] ?? NaN);
  report.sample('P11b', ratio('claim'));
  report.sample('P11c', Math.max(...Object.keys(LISTS).map(ratio)));
}

async function buffersOf(url: string): Promise<Readonly<Record<string, number>>> {
  const plans = new Plans(url);
  try {
    const state = await addWaiting(plans.database);
    const found: Record<string, number> = {};
    for (const [name, work] of Object.entries({ claim, ...LISTS }))
      found[name] = (await plans.of((database) => work(database, state))).buffers;
    return found;
  } finally {
    await plans.close();
  }
}
