import { Worker } from 'bullmq';
import { Counter } from 'prom-client';

/** BullMQ's limiter: a window begins with a job, and in it all workers together take `max` jobs of the queue. */
export interface RateWindow {
  readonly max: number;
  /** In ms. */
  readonly duration: number;
}

/**
 * Short, since the last jobs of one window and the first of the next can come together: in any second, all workers take
 * about a fifth more than the rate at most. Not shorter, since up to 2 ms pass between two windows.
 */
const WINDOW_MS = 200;

const throttledSeconds = new Counter({
  name: 'gateway_throttled_seconds_total',
  help: 'Seconds for which this worker took no jobs of the queue because of GATEWAY_REQUESTS_PER_SECOND, whether or not one waited.',
  labelNames: ['queue'] as const,
});

/** The window for a rate. It never exceeds the rate, and misses it by less than a hundredth. */
export function rateWindow(perSecond: number): RateWindow {
  const max = Math.max(1, Math.round((perSecond * WINDOW_MS) / 1_000));
  return { max, duration: Math.ceil((max * 1_000) / perSecond) };
}

/**
 * How long it takes until the last of the waiting jobs is taken, where nothing else holds them back.
 * @param fullForMs until the current window ends
 */
export function secondsUntilTaken(
  waitingJobs: number,
  { max, duration }: RateWindow,
  fullForMs: number,
): number {
  return (fullForMs + (Math.ceil(waitingJobs / max) - 1) * duration) / 1_000;
}

/** BullMQ's worker, which also counts how long it pauses for its limiter. */
export class ThrottledWorker<Data> extends Worker<Data> {
  /** Called at the beginning of each pause. */
  protected override getRateLimitDelay(delayMs: number): number {
    const pauseMs = super.getRateLimitDelay(delayMs);
    throttledSeconds.inc({ queue: this.name }, pauseMs / 1_000);
    return pauseMs;
  }
}
