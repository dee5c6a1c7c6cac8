import { createHash, timingSafeEqual } from 'node:crypto';
import type { Config } from '../config.js';

/** Whether who sends this Authorization header may read metrics and the details of health. */
export function mayReadMetrics(
  authorization: string | undefined,
  { metrics }: Pick<Config['http'], 'metrics'>,
): boolean {
  if (metrics.kind !== 'token') return metrics.kind === 'open';
  // Digests are of one length, and say nothing about how much of a guess was right.
  return timingSafeEqual(digest(authorization ?? ''), digest(`Bearer ${metrics.token}`));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
