import { join } from 'node:path';
import { Load, type LoadOptions } from '../load.js';
import { createByPgbench } from '../pgbench.js';
import { cpuSeconds, type ServerProcess } from '../processes.js';
import type { Benchmark } from './benchmark.js';

const CONNECTIONS = 64;

/**
 * One api process next to pgbench with the same statement, to a first version without guarantees, and to itself
 * without a database. The relay and the workers are other processes, which do not run here.
 */
export const intake: Benchmark = {
  ids: ['P1', 'P1b', 'P2'],
  what: `createOrder over HTTP, ${CONNECTIONS} connections`,
  async run(stand, report, { rounds, roundMs }) {
    const { postgres, tokens, acknowledge } = stand;
    const [api, naive, bare] = await Promise.all([
      stand.startServer({ ROLE: 'api' }),
      stand.startServer({}, 'dist/test/bench/servers/naive.js'),
      stand.startServer({ ROLE: 'api' }, 'dist/test/bench/servers/no-database.js'),
    ]);
    const measure = async (
      server: ServerProcess,
      pids: readonly number[],
      options: Pick<LoadOptions, 'acknowledge'> = {},
    ) => {
      const load = new Load({ url: server.url, tokens, ...options });
      const cpu = () => pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0);
      const before = cpu();
      const { rate, created } = await load.closed(CONNECTIONS, roundMs);
      load.close();
      return { rate, cpuMs: ((cpu() - before) / created) * 1_000 };
    };
    for (let round = 0; round <= rounds; round += 1) {
      const ours = await measure(api, [api.pid, postgres.pid], { acknowledge });
      const withoutDatabase = await measure(bare, [bare.pid]);
      const first = await measure(naive, [naive.pid, postgres.pid]);
      const pgbench = await createByPgbench({
        url: postgres.url,
        connections: CONNECTIONS,
        durationMs: roundMs,
        scriptFile: join(stand.directory, 'create-order.sql'),
      });
      report.progress(
        `  orders/s: ${ours.rate.toFixed(0)}, pgbench ${pgbench.toFixed(0)}, naive ${first.rate.toFixed(0)}, without a database ${withoutDatabase.rate.toFixed(0)}; CPU an order: ${ours.cpuMs.toFixed(2)} ms, naive ${first.cpuMs.toFixed(2)} ms, without a database ${withoutDatabase.cpuMs.toFixed(2)} ms`,
      );
      // The first round warms them up.
      if (round === 0) continue;
      report.sample('P1', ours.rate / pgbench);
      report.sample('P1b', ours.rate / first.rate);
      report.sample('P2', ours.cpuMs / withoutDatabase.cpuMs);
    }
  },
};
