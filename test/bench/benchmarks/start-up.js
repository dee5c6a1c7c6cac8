import { setTimeout as delay } from 'node:timers/promises';
import { residentMiB } from '../processes.js';

/** A start is short, and varies. */
const ROUNDS_AT_LEAST = 5;
/** Until what was only needed to start is given back. */
const IDLE_MS = 5_000;

/** A process with all roles, next to the least that can be started with the same frameworks. */
export const startUp = {
  ids: ['P14', 'P14b'],
  what: 'time until ready, and memory when idle, next to an empty app',
  async run(stand, report, { rounds }) {
    const programs = [{ script: 'test/bench/empty-app.js' }, { script: 'dist/main.js' }];
    // What the disk has to say is for everybody's first start.
    for (const program of programs) await start(stand, program);
    for (let round = 1; round <= Math.max(rounds, ROUNDS_AT_LEAST); round += 1) {
      for (const program of round % 2 === 0 ? programs.toReversed() : programs) await start(stand, program);
      const [empty, own] = programs;
      report.progress(
        `  empty: ${empty.readyMs.toFixed(0)} ms, ${empty.idleMiB.toFixed(0)} MiB; all roles: ${own.readyMs.toFixed(0)} ms, ${own.idleMiB.toFixed(0)} MiB`,
      );
      report.sample('P14', own.readyMs / empty.readyMs);
      report.sample('P14b', own.idleMiB / empty.idleMiB);
    }
  },
};

async function start(stand, program) {
  const startedAt = performance.now();
  const { pid, stop } = await stand.startServer({}, program.script);
  program.readyMs = performance.now() - startedAt;
  await delay(IDLE_MS);
  program.idleMiB = residentMiB(pid);
  await stop();
}
