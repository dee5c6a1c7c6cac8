import { setTimeout as delay } from 'node:timers/promises';

/** So much longer a fault may last that has not struck anything yet. Longer than a charge waits for the gateway. */
const LONGEST_EXTRA_MS = 20_000;
const TURN_MS = 250;

export interface Lasting {
  readonly durationMs: number;
  /** How often it is asked for, at least: once in so many milliseconds. */
  readonly everyMs?: number;
}

/**
 * Lets a fault last as planned, and longer where it has not struck by then: a drill in which nothing was struck
 * shows nothing.
 * @param strikes strikes again where it needs to, and tells how often it has struck so far
 * @returns how often it struck; 0 where it did not in all that time
 */
export async function lasting(
  { durationMs, everyMs = TURN_MS }: Lasting,
  strikes: () => number | Promise<number>,
): Promise<number> {
  const startedAt = performance.now();
  for (;;) {
    const struck = await strikes();
    const leftMs = startedAt + durationMs - performance.now();
    if (leftMs <= 0 && (struck > 0 || leftMs <= -LONGEST_EXTRA_MS)) return struck;
    await delay(leftMs > 0 ? Math.min(everyMs, leftMs) : everyMs);
  }
}
