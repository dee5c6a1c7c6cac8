import { setTimeout as delay } from 'node:timers/promises';
import { METRICS_TOKEN } from '../system/layout.js';
import type { System } from '../system/system.js';
import type { Fault, Plan, Strike } from './fault.js';
import { planFor } from './plan.js';
import { findProgram, PROCESSES } from './targets.js';

const HOUR_MS = 3_600_000;
const ANSWER_TIMEOUT_MS = 5_000;

export const CLOCK_FAULTS: readonly Fault[] = [
  wrongClock('clock-ahead', "one process's clock is an hour ahead", HOUR_MS),
  wrongClock('clock-behind', "one process's clock is an hour behind", -HOUR_MS),
];

function wrongClock(name: string, what: string, shiftMs: number): Fault {
  return {
    name,
    what,
    plan: planFor(PROCESSES, [3_000, 5_000]),
    cause: (system, plan) => runWithClock(shiftMs, system, plan),
  };
}

async function runWithClock(shiftMs: number, system: System, { target, durationMs }: Plan): Promise<Strike> {
  const program = findProgram(system, target);
  let startedAtMs: number;
  try {
    await program.stop();
    await program.start(shiftMs);
    startedAtMs = await askStartTime(program.url);
    await delay(durationMs);
    await program.stop();
  } finally {
    if (program.hasWrongClock) await program.kill();
    await program.start();
  }
  // Compares the start by its own clock with the right time, a few seconds later.
  const seenMs = startedAtMs - Date.now();
  const isWrong = Math.abs(seenMs - shiftMs) < HOUR_MS / 2;
  return {
    struck: isWrong ? 1 : 0,
    detail: `${target} ran for ${durationMs} ms with a clock that was ${Math.round(seenMs / 60_000)} minutes off, by ${system.clockTool}`,
  };
}

/** As the process itself says it. */
async function askStartTime(url: string): Promise<number> {
  const response = await fetch(new URL('/metrics', url), {
    headers: { authorization: `Bearer ${METRICS_TOKEN}` },
    signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
  });
  const metrics = await response.text();
  const seconds = /^process_start_time_seconds (\d+)/m.exec(metrics)?.[1];
  if (seconds === undefined) throw new Error(`${url} does not say when it was started`);
  return Number(seconds) * 1_000;
}
