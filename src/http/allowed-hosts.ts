import type { Config } from '../config/config.js';
import { isLoopbackName } from '../config/loopback.js';

/** A name or an address in brackets, with a port where there is one. */
const HOST = /^(\[[\da-f:.]+\]|[^\s:/?#@[\]]+?)\.?(?::\d{1,5})?$/i;

/**
 * Whether a Host header names this machine, the address in HOST, or one of ALLOWED_ORIGINS, at any port. A page whose
 * own name was made to point here (DNS rebinding) says another one, and so does a browser that was sent here by it.
 */
export function isAllowedHost(
  header: string | undefined,
  { host, allowedOrigins }: Pick<Config['http'], 'host' | 'allowedOrigins'>,
): boolean {
  const name = HOST.exec(header ?? '')?.[1]?.toLowerCase();
  if (name === undefined) return false;
  if (isLoopbackName(name) || name === nameOf(host)) return true;
  return allowedOrigins.some((origin) => new URL(origin).hostname === name);
}

/** As it stands in a Host header. */
function nameOf(address: string): string {
  return (address.includes(':') ? `[${address}]` : address).toLowerCase();
}
