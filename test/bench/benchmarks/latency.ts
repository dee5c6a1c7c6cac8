import { setTimeout as delay } from 'node:timers/promises';
import { median, percentile } from '../figures.js';
import { Load } from '../load.js';
import type { Benchmark } from './benchmark.js';

const CONNECTIONS = 64;
/** More than are ever in progress at half of the maximum rate. */
const OPEN_CONNECTIONS = 256;
const SINGLE_ORDERS = 12;

/** How long a customer waits, at half of the maximum rate and alone. */
export const latency: Benchmark = {
  ids: ['P3', 'P3b'],
  what: 'createOrder at half of the maximum, and once a second',
  async run(stand, report, { rounds, roundMs }) {
    const { url } = await stand.startServer({ ROLE: 'api' });
    const unbatched = await stand.startServer({ ROLE: 'api' }, 'dist/test/bench/servers/unbatched.js');
    const { acknowledge } = stand;
    const load = new Load({ url, tokens: stand.tokens, acknowledge });
    const alone = new Load({ url: unbatched.url, tokens: stand.tokens, acknowledge });
    await load.closed(CONNECTIONS, roundMs);
    await alone.closed(CONNECTIONS, roundMs);
    for (let round = 1; round <= rounds; round += 1) {
      const { rate } = await load.closed(CONNECTIONS, roundMs);
      const { created, shed, failed } = await load.open(rate / 2, roundMs, OPEN_CONNECTIONS);
      if (shed.length + failed > 0) throw new Error(`${shed.length} were refused, ${failed} failed`);
      const [middle, slowest] = [median(created), percentile(created, 0.99)];
      const [batchedMs, unbatchedMs] = await oneASecond(load, alone);
      report.progress(
        `  at ${(rate / 2).toFixed(0)} orders/s: median ${middle.toFixed(1)} ms, 99th percentile ${slowest.toFixed(1)} ms; once a second: ${batchedMs.toFixed(2)} ms, unbatched ${unbatchedMs.toFixed(2)} ms`,
      );
      report.sample('P3', slowest / middle);
      report.sample('P3b', batchedMs - unbatchedMs);
    }
    load.close();
    alone.close();
  },
};

/** The median latencies of two servers with one request a second each, in turns. */
async function oneASecond(first: Load, second: Load): Promise<[number, number]> {
  const latenciesMs: [number[], number[]] = [[], []];
  for (let order = 0; order < SINGLE_ORDERS; order += 1) {
    await delay(500);
    latenciesMs[0].push(...(await first.single(1)));
    await delay(500);
    latenciesMs[1].push(...(await second.single(1)));
  }
  return [median(latenciesMs[0]), median(latenciesMs[1])];
}
