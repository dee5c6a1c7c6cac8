import { setTimeout as delay } from 'node:timers/promises';
import { collectGarbage, COLLECTS_GARBAGE } from '../garbage.js';
import { Crowd } from '../sockets/crowd.js';
import { WatchedOrders } from '../sockets/orders.js';
import type { Benchmark } from './benchmark.js';

const SOCKETS = 5_000;
/** Enough for everything to have been loaded and compiled. */
const WARM_UP_SOCKETS = 500;
const ENVIRONMENT = { ROLE: 'api', WEBSOCKET_LIMIT_PER_CUSTOMER: '10000' };
/** Until the work after sockets were opened or closed is done. */
const SETTLE_MS = 1_000;

/**
 * The memory of sockets that each watch an order without events: JavaScript's heap and what it holds outside of
 * it, buffers included, after a collection. The resident set size of the process is shown next to it.
 */
export const idleSubscriptions: Benchmark = {
  ids: ['P10', 'P10b'],
  what: `${SOCKETS} sockets, each of which watches another order`,
  async run(stand, report, { rounds }) {
    const server = await stand.startServer(ENVIRONMENT, 'dist/main.js', COLLECTS_GARBAGE);
    const orders = new WatchedOrders(stand);
    await orders.create(server.url, SOCKETS);
    const warmUp = await Crowd.open(server.url, orders.list.slice(0, WARM_UP_SOCKETS));
    await warmUp.close();
    const state = async () => {
      await delay(SETTLE_MS);
      const memory = await collectGarbage(server);
      return { ...memory, subscriptions: await orders.subscriptions() };
    };
    for (let round = 1; round <= rounds; round += 1) {
      const before = await state();
      const crowd = await Crowd.open(server.url, orders.list);
      const open = await state();
      await crowd.close();
      const grown = (name: keyof NodeJS.MemoryUsage) => (open[name] - before[name]) / 1_024 / SOCKETS;
      report.progress(
        `  a subscription: ${grown('heapUsed').toFixed(1)} KiB of heap, ${grown('external').toFixed(1)} KiB outside of it; the process grew by ${grown('rss').toFixed(1)} KiB`,
      );
      report.sample('P10', grown('heapUsed') + grown('external'));
      report.sample('P10b', open.subscriptions - before.subscriptions);
    }
  },
};
