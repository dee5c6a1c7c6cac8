import { setTimeout as delay } from 'node:timers/promises';
import type { Program } from '../system/program.js';
import type { Fault } from './fault.js';
import { APIS, findProgram, PROCESSES, RELAYS, WORKERS } from './targets.js';

/** One process of each role at a time, as if every role were rolled out on its own. */
const TURNS = APIS.map((api, index) => [api, RELAYS[index] ?? '', WORKERS[index] ?? '']);

export const RESTART_FAULTS: readonly Fault[] = [
  {
    name: 'restart-all',
    what: 'every process is stopped by SIGTERM and started again, one of each role at a time',
    plan: () => ({ target: 'all processes', durationMs: 0, claims: PROCESSES }),
    async cause(system) {
      let restarted = 0;
      for (const names of TURNS) {
        await Promise.all(names.map((name) => restart(findProgram(system, name))));
        restarted += names.length;
      }
      return { struck: restarted, detail: `${restarted} processes were restarted` };
    },
  },
  {
    name: 'kill-everything',
    what: 'a power cut: every process and server is killed at once',
    plan: (random) => ({ target: 'everything', durationMs: random.integer(500, 1_500), claims: ['*'] }),
    async cause(system, { durationMs }) {
      let killed = 0;
      try {
        killed = await system.killEverything();
        await delay(durationMs);
      } finally {
        await system.startEverything();
      }
      return { struck: killed, detail: `${killed} processes were killed at once` };
    },
  },
];

async function restart(program: Program): Promise<void> {
  try {
    await program.stop();
  } finally {
    await program.start();
  }
}
