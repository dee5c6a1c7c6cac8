import type { Config } from '../config/config.js';
import { isLoopbackName } from '../config/loopback.js';

/** A name, or an address in brackets, with an optional port. */
const HOST = /^(\[[\da-f:.]+\]|[^\s:/?#@[\]]+?)\.?(?::\d{1,5})?$/i;

/**
 * Whether a Host header names this machine, the address in HOST, or a host of ALLOWED_ORIGINS, at any port. A page whose
 * name was made to resolve to this machine (DNS rebinding) has another host.
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

/** The address in the form of a Host header. */
function nameOf(address: string): string {
  return (address.includes(':') ? `[${address}]` : address).toLowerCase();
}
