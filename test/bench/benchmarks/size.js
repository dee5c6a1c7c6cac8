import { fillOrders } from '../fill-orders.js';
import { addWaiting, claim, LISTS } from '../hot-statements.js';
import { Load } from '../load.js';
import { Plans } from '../plans.js';

const SMALL = 10_000;
const BIG = 1_000_000;
/** Enough to keep one process busy. */
const CONNECTIONS = 64;

/**
 * A young shop and an old one: two databases on one server, so that nothing but their size tells them apart. Orders go
 * to an api process for each; the buffers are those that PostgreSQL counts for the statements as they are sent.
 */
export const size = {
  ids: ['P11', 'P11b', 'P11c'],
  what: `${BIG} orders next to ${SMALL}`,
  async run(stand, report, { rounds, roundMs }) {
    const big = { url: stand.postgres.url, sql: stand.sql, acknowledge: (key) => stand.acknowledge(key) };
    const small = await stand.addDatabase('small');
    await fillOrders(small.sql, SMALL);
    await fillOrders(big.sql, BIG);
    report.progress('  the orders are there');
    await compareBuffers(small, big, report);
    const shops = [small, big];
    for (const [index, shop] of shops.entries()) {
      const environment = { ROLE: 'api', DATABASE_URL: shop.url, REDIS_PREFIX: `{shop-${index}}` };
      const { url } = await stand.startServer(environment);
      shop.load = new Load({ url, tokens: stand.tokens, acknowledge: shop.acknowledge });
      await shop.load.closed(CONNECTIONS, roundMs);
    }
    for (let round = 1; round <= rounds; round += 1) {
      for (const shop of round % 2 === 0 ? shops.toReversed() : shops)
        shop.rate = (await shop.load.closed(CONNECTIONS, roundMs)).rate;
      report.progress(`  ${small.rate.toFixed(0)} orders/s, and ${big.rate.toFixed(0)} among ${BIG}`);
      report.sample('P11', big.rate / small.rate);
    }
    for (const { load } of shops) load.close();
  },
};

async function compareBuffers(small, big, report) {
  const before = await buffersOf(small.url);
  const after = await buffersOf(big.url);
  for (const [name, buffers] of Object.entries(before))
    report.progress(`  ${name}: ${buffers} buffers, and ${after[name]} among ${BIG}`);
  report.sample('P11b', after.claim / before.claim);
  report.sample('P11c', Math.max(...Object.keys(LISTS).map((name) => after[name] / before[name])));
}

async function buffersOf(url) {
  const plans = await Plans.open(url);
  try {
    const state = await addWaiting(plans.database);
    const found = {};
    for (const [name, work] of Object.entries({ claim, ...LISTS }))
      found[name] = (await plans.of((database) => work(database, state))).at(-1).buffers;
    return found;
  } finally {
    await plans.close();
  }
}
