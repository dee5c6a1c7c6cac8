import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../../support/random.js';
import type { System } from '../system/system.js';
import type { Fault, Plan, Strike } from './fault.js';
import { lasting } from './lasting.js';
import { planFor, type Range } from './plan.js';
import { HTTP_REQUEST, isSilent } from './silence.js';
import { APIS, findProgram, RELAYS, SANDBOX, WORKERS } from './targets.js';

/** Longer than a relay's lease on its messages (RELAY_LEASE_MS). */
const PAST_LEASE: Range = [10_500, 11_500];
/** Longer than a worker's lock on its jobs (WORKER_LOCK_MS). */
const PAST_LOCK: Range = [6_000, 7_500];
const PAUSE: Range = [2_000, 3_500];

export const PROCESS_FAULTS: readonly Fault[] = [
  killing('kill-api', 'an api process is killed', APIS, [1_000, 2_500]),
  killing('kill-relay', 'a relay is killed', RELAYS, [1_500, 3_500]),
  killing('kill-worker', 'a worker is killed', WORKERS, [1_500, 3_500]),
  killing('kill-sandbox', 'the payment gateway is killed', [SANDBOX], [1_000, 2_500]),
  pausing('pause-api', 'an api process is paused', planFor(APIS, PAUSE)),
  pausing('pause-relay', 'a relay is paused, now and then for longer than its lease', (random) =>
    planFor(RELAYS, random.chance(0.3) ? PAST_LEASE : PAUSE)(random),
  ),
  pausing('pause-worker', 'a worker is paused for longer than its lock', planFor(WORKERS, PAST_LOCK)),
  pausing('pause-sandbox', 'the payment gateway is paused', planFor([SANDBOX], PAUSE)),
];

/** Kills a process, and starts it again later. */
function killing(name: string, what: string, targets: readonly string[], duration: Range): Fault {
  return { name, what, plan: planFor(targets, duration), cause: kill };
}

async function kill(system: System, { target, durationMs }: Plan): Promise<Strike> {
  const program = findProgram(system, target);
  const isThere = program.isRunning;
  await program.kill();
  try {
    await delay(durationMs);
  } finally {
    await program.start();
  }
  return {
    struck: isThere ? 1 : 0,
    detail: `${target} was killed, and started again ${durationMs} ms later`,
  };
}

/** Pauses a process in the middle of its work, and resumes it later. */
function pausing(name: string, what: string, plan: (random: Random) => Plan): Fault {
  return { name, what, plan, cause: pause };
}

async function pause(system: System, plan: Plan): Promise<Strike> {
  const program = findProgram(system, plan.target);
  let asked = 0;
  let silent = 0;
  program.pause();
  try {
    await lasting(plan, async () => {
      asked += 1;
      if (await isSilent(program.url, HTTP_REQUEST)) silent += 1;
      return silent;
    });
  } finally {
    program.resume();
  }
  return {
    struck: silent,
    detail: `${plan.target} was paused, and left ${silent} of ${asked} requests without an answer`,
  };
}
