import proxyAddr from '@fastify/proxy-addr';
import type { IncomingMessage } from 'node:http';
import type { Config } from '../config/config.js';

/** @returns a function that reads the client's IP address from an upgrade request, as Fastify does for the others */
export function clientAddress({
  trustedProxies,
}: Pick<Config['http'], 'trustedProxies'>): (request: IncomingMessage) => string {
  const isTrusted = proxyAddr.compile([...trustedProxies]);
  return (request) => {
    // Despite its type, it is undefined for a closed connection.
    const address = proxyAddr(request, isTrusted) as string | undefined;
    return address ?? '';
  };
}

/**
 * The unit of limits by address: an IPv6 address's /64, since a site has at least as much (RFC 6177), and an IPv4
 * address itself.
 */
export function networkOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address;
  const [head = '', tail = ''] = address.split('::');
  const groups = head.split(':').filter(Boolean);
  const after = tail.split(':').filter(Boolean);
  const zeros = address.includes('::') ? 8 - groups.length - after.length : 0;
  const all = [...groups, ...Array<string>(Math.max(0, zeros)).fill('0'), ...after];
  // Normalized: proxies differ in zeros and upper case.
  return all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}
