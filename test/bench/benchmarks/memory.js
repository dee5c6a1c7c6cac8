import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Load } from '../load.js';
import { residentMiB } from '../processes.js';

const CONNECTIONS = 64;
/** What an api process remembers on purpose, such as the keys of its last 20,000 orders, is full by then. */
const FEW = 20_000;
const MANY = 200_000;
/** What was freed is given back to the system a little later. */
const SETTLE_MS = 3_000;

/** The memory of an api process after its garbage was collected: what grows with the orders is a leak. */
export const memory = {
  ids: ['P14c'],
  what: `memory after ${MANY} orders ÷ after ${FEW}`,
  async run(stand, report, { roundMs }) {
    const { url, pid, child } = await stand.startServer({ ROLE: 'api' }, 'dist/main.js', [
      '--expose-gc',
      '--import',
      './test/bench/collect-garbage.js',
    ]);
    const load = new Load({ url, tokens: stand.tokens, acknowledge: (key) => stand.acknowledge(key) });
    let created = 0;
    const memoryAfter = async (count) => {
      while (created < count) created += (await load.closed(CONNECTIONS, roundMs)).created;
      child.send('collect garbage');
      await once(child, 'message');
      await delay(SETTLE_MS);
      const mib = residentMiB(pid);
      report.progress(`  ${mib.toFixed(0)} MiB after ${created} orders`);
      return mib;
    };
    const few = await memoryAfter(FEW);
    report.sample('P14c', (await memoryAfter(MANY)) / few);
    load.close();
  },
};
