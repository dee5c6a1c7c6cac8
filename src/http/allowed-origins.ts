import type { Config } from '../config/config.js';

const LOOPBACK_HOSTS = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Whether a page of this origin may use the API, over HTTP or a WebSocket. A request without an Origin header is
 * allowed: a browser would send one for a foreign page.
 */
export function isAllowedOrigin(
  origin: string | undefined,
  http: Pick<Config['http'], 'allowedOrigins' | 'allowLoopbackOrigins'>,
): boolean {
  if (origin === undefined || http.allowedOrigins.includes(origin)) return true;
  return http.allowLoopbackOrigins && isLoopback(origin);
}

/** Any port of this machine. */
function isLoopback(origin: string): boolean {
  if (!URL.canParse(origin)) return false;
  const { protocol, hostname, origin: spelled } = new URL(origin);
  return ['http:', 'https:'].includes(protocol) && LOOPBACK_HOSTS.includes(hostname) && spelled === origin;
}
