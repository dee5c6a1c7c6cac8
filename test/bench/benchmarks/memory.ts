import { setTimeout as delay } from 'node:timers/promises';
import { collectGarbage, COLLECTS_GARBAGE } from '../garbage.js';
import { Load } from '../load.js';
import { residentMiB } from '../processes.js';
import type { Benchmark } from './benchmark.js';

const CONNECTIONS = 64;
/** By then an api process's bounded caches are full, such as the keys of its last 20,000 orders. */
const FEW = 20_000;
const MANY = 200_000;
/** Freed memory is returned to the operating system a little later. */
const SETTLE_MS = 3_000;

/** The memory of an api process after a garbage collection: growth with the orders is a leak. */
export const memory: Benchmark = {
  ids: ['P14c'],
  what: `memory after ${MANY} orders ÷ after ${FEW}`,
  async run(stand, report, { roundMs }) {
    const server = await stand.startServer({ ROLE: 'api' }, 'dist/main.js', COLLECTS_GARBAGE);
    const load = new Load({ url: server.url, tokens: stand.tokens, acknowledge: stand.acknowledge });
    let created = 0;
    const memoryAfter = async (count: number) => {
      while (created < count) created += (await load.closed(CONNECTIONS, roundMs)).created;
      await collectGarbage(server);
      await delay(SETTLE_MS);
      const mib = residentMiB(server.pid);
      report.progress(`  ${mib.toFixed(0)} MiB after ${created} orders`);
      return mib;
    };
    const few = await memoryAfter(FEW);
    report.sample('P14c', (await memoryAfter(MANY)) / few);
    load.close();
  },
};
