import { median, percentile } from '../figures.js';
import { Load } from '../load.js';
import { residentMiB } from '../processes.js';
import type { Benchmark } from './benchmark.js';

/** Enough to keep one process busy. */
const CLOSED_CONNECTIONS = 64;
/** The connections of load balancers to one process. */
const OPEN_CONNECTIONS = 1_000;

/** One api process at its maximum rate, then at twice that rate, then at the maximum again. */
export const overload: Benchmark = {
  ids: ['overload'],
  what: 'an api process at twice its maximum load',
  async run(stand, report, { rounds, roundMs }) {
    const { url, pid } = await stand.startServer({ ROLE: 'api' });
    const load = new Load({
      url,
      tokens: stand.tokens,
      acknowledge: (key) => {
        stand.acknowledge(key);
      },
    });
    const idleMs = median(await load.single(100));
    await load.closed(CLOSED_CONNECTIONS, roundMs);
    for (let round = 1; round <= rounds; round += 1) {
      const { rate } = await load.closed(CLOSED_CONNECTIONS, roundMs);
      const { goodput, created, shed, shedRate, failed } = await load.open(
        rate * 2,
        roundMs,
        OPEN_CONNECTIONS,
      );
      const recoveredMs = await load.untilAsQuickAs(idleMs * 2);
      report.progress(
        `  at most ${rate.toFixed(0)} orders/s; at twice that ${goodput.toFixed(0)} (99th percentile ${percentile(created, 0.99).toFixed(0)} ms), ${shedRate.toFixed(0)} refused (${percentile(shed, 0.99).toFixed(0)} ms), ${failed} failed; as quick as before after ${recoveredMs.toFixed(0)} ms; ${residentMiB(pid).toFixed(0)} MiB`,
      );
      report.sample('overload', goodput / rate);
    }
    load.close();
  },
};
