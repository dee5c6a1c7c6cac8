import proxyAddr from '@fastify/proxy-addr';
import type { IncomingMessage } from 'node:http';
import type { Config } from '../config.js';

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
