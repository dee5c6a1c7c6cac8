import { setTimeout as delay } from 'node:timers/promises';

/** Short against any start or stop, long enough to cost no processor time. */
const POLL_MS = 50;

/** Waits until `condition` holds. @throws where it does not in time */
export async function waitUntil(
  what: string,
  timeoutMs: number,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadlineMs) throw new Error(`waited in vain for ${timeoutMs} ms: ${what}`);
    await delay(POLL_MS);
  }
}
