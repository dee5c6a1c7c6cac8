import proxyAddr from '@fastify/proxy-addr';
import type { IncomingMessage } from 'node:http';
import type { Config } from '../config/config.js';

/** How the client's IP address is read from an upgrade request: as Fastify does it for all others. */
export function clientAddress({
  trustedProxies,
}: Pick<Config['http'], 'trustedProxies'>): (request: IncomingMessage) => string {
  const isTrusted = proxyAddr.compile([...trustedProxies]);
  return (request) => {
    // A client that is gone has none, whatever the package's types say.
    const address = proxyAddr(request, isTrusted) as string | undefined;
    return address ?? '';
  };
}

/** One subscriber has a whole /64 of IPv6 addresses (RFC 6177); of IPv4 ones mostly a single one. */
export function networkOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address;
  const [head = '', tail = ''] = address.split('::');
  const groups = head.split(':').filter(Boolean);
  const after = tail.split(':').filter(Boolean);
  const zeros = address.includes('::') ? 8 - groups.length - after.length : 0;
  const all = [...groups, ...Array<string>(Math.max(0, zeros)).fill('0'), ...after];
  // One spelling of each: a proxy may write zeros and letters as it likes.
  return all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}
