import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Config } from '../../config/config.js';
import { isAllowedHost } from '../allowed-hosts.js';

/** Whether a request with these headers may read the metrics and the details of readiness. */
export function mayReadMetrics(
  { authorization, host }: Pick<IncomingHttpHeaders, 'authorization' | 'host'>,
  http: Pick<Config['http'], 'allowedOrigins' | 'host' | 'metrics'>,
): boolean {
  const { metrics } = http;
  if (metrics.kind !== 'token') return metrics.kind === 'open' && isAllowedHost(host, http);
  // Digests have one length, as timingSafeEqual needs, so that even the token's length stays secret.
  return timingSafeEqual(digest(authorization ?? ''), digest(`Bearer ${metrics.token}`));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
