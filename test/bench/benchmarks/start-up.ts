import { setTimeout as delay } from 'node:timers/promises';
import { residentMiB } from '../processes.js';
import type { Stand } from '../stand.js';
import type { Benchmark } from './benchmark.js';

const SCRIPTS = { empty: 'dist/test/bench/empty-app.js', own: 'dist/main.js' };
const PROGRAMS = ['empty', 'own'] as const;
const NOTHING: Start = { readyMs: NaN, idleMiB: NaN };
/** A start is short, and varies. */
const ROUNDS_AT_LEAST = 5;
/** Until memory that was only needed to start is returned. */
const IDLE_MS = 5_000;

/** A process with all roles, next to the smallest app with the same frameworks. */
export const startUp: Benchmark = {
  ids: ['P14', 'P14b'],
  what: 'time until ready, and memory when idle, next to an empty app',
  async run(stand, report, { rounds }) {
    // The first start of each reads from the disk and does not count.
    for (const program of PROGRAMS) await start(stand, program);
    for (let round = 1; round <= Math.max(rounds, ROUNDS_AT_LEAST); round += 1) {
      const starts = { empty: NOTHING, own: NOTHING };
      for (const program of round % 2 === 0 ? PROGRAMS.toReversed() : PROGRAMS)
        starts[program] = await start(stand, program);
      const { empty, own } = starts;
      report.progress(
        `  empty: ${empty.readyMs.toFixed(0)} ms, ${empty.idleMiB.toFixed(0)} MiB; all roles: ${own.readyMs.toFixed(0)} ms, ${own.idleMiB.toFixed(0)} MiB`,
      );
      report.sample('P14', own.readyMs / empty.readyMs);
      report.sample('P14b', own.idleMiB / empty.idleMiB);
    }
  },
};

interface Start {
  readonly readyMs: number;
  readonly idleMiB: number;
}

async function start(stand: Stand, program: keyof typeof SCRIPTS): Promise<Start> {
  const startedAt = performance.now();
  const server = await stand.startServer({}, SCRIPTS[program]);
  const readyMs = performance.now() - startedAt;
  await delay(IDLE_MS);
  const idleMiB = residentMiB(server.pid);
  await server.stop();
  return { readyMs, idleMiB };
}
