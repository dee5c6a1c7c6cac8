import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import type { Config } from '../config/config.js';
import { isAllowedHost } from './allowed-hosts.js';

/** RFC 9110, section 15.5.20: the request came to a server that does not answer for this name. */
const MISDIRECTED = 421;
const MESSAGE =
  'Outside production this is served to localhost, 127.0.0.1, [::1] and the name in HOST only. ' +
  'To open it by another name, add its origin to ALLOWED_ORIGINS.';

/**
 * Outside production pages come with tokens built in, and metrics are open: neither is for a foreign page whose name
 * was made to point to this machine. In production nobody gets a token, and names are the load balancer's affair.
 */
export function checkHost(
  app: NestFastifyApplication,
  { environment, http }: Pick<Config, 'environment' | 'http'>,
): void {
  if (environment === 'production') return;
  const instance = app.getHttpAdapter().getInstance();
  instance.addHook('onRequest', (request, reply, done) => {
    if (isForAnyHost(request, http) || isAllowedHost(request.headers.host, http)) done();
    else void reply.code(MISDIRECTED).send({ statusCode: MISDIRECTED, message: MESSAGE });
  });
}

/** What needs a token or a signature of the request's own, or tells nothing: containers call these by their names. */
function isForAnyHost(
  { method, routeOptions: { url } }: FastifyRequest,
  { metrics }: Pick<Config['http'], 'metrics'>,
): boolean {
  if (url === undefined || method === 'OPTIONS') return true;
  if (url === '/metrics') return metrics.kind !== 'open';
  return (
    (url === '/graphql' && method === 'POST') || url.startsWith('/webhooks/') || url.startsWith('/health/')
  );
}
