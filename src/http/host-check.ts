import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import type { Config } from '../config/config.js';
import { isAllowedHost } from './allowed-hosts.js';

/** Misdirected Request: the server does not serve this host name (RFC 9110, section 15.5.20). */
const MISDIRECTED = 421;
const MESSAGE =
  'Outside production this is served to localhost, 127.0.0.1, [::1] and the name in HOST only. ' +
  'To open it by another name, add its origin to ALLOWED_ORIGINS.';

/**
 * Rejects foreign host names outside production, where pages contain tokens and metrics are open: a page whose name
 * was made to resolve to this machine (DNS rebinding) must not read them. In production there are no such tokens, and
 * the load balancer checks names.
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

/**
 * Whether a route needs a token or a signature in the request, or reveals nothing: containers call these by service
 * names.
 */
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
