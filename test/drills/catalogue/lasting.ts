import { setTimeout as delay } from 'node:timers/promises';

/** How much longer a fault without a strike may last. Longer than a charge waits for the gateway. */
const LONGEST_EXTRA_MS = 20_000;
const TURN_MS = 250;

export interface Lasting {
  readonly durationMs: number;
  /** The interval at which `strikes` is called, in milliseconds. */
  readonly everyMs?: number;
}

/**
 * Lets a fault last as planned, or longer if it has not struck by then: a drill in which nothing was struck
 * proves nothing.
 * @param strikes strikes again if needed, and returns how often it has struck so far
 * @returns how often it struck; 0 if never
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
