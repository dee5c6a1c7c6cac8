import type { Config } from '../config/config.js';

const LOOPBACK_HOSTS = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Whether a page of this origin may talk to the API, over HTTP or a WebSocket. Who sends no Origin header is no
 * browser that acts for a foreign page, and allowed.
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
