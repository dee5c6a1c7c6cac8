import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Config } from '../../config/config.js';
import { isAllowedHost } from '../allowed-hosts.js';

/** Whether who sends these headers may read metrics and the details of health. */
export function mayReadMetrics(
  { authorization, host }: Pick<IncomingHttpHeaders, 'authorization' | 'host'>,
  http: Pick<Config['http'], 'allowedOrigins' | 'host' | 'metrics'>,
): boolean {
  const { metrics } = http;
  if (metrics.kind !== 'token') return metrics.kind === 'open' && isAllowedHost(host, http);
  // Digests are of one length, and say nothing about how much of a guess was right.
  return timingSafeEqual(digest(authorization ?? ''), digest(`Bearer ${metrics.token}`));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
