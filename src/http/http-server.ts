import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Config } from '../config/config.js';
import { limitConnections } from './connection-limit.js';
import { ignoreOtherUpgrades, UPGRADE_OPTIONS } from './upgrades.js';

/** The HTTP server, with a limit to everything that a client can send or delay. */
export function createHttpAdapter(http: Config['http']): FastifyAdapter {
  const adapter = new FastifyAdapter({
    bodyLimit: http.bodyLimitBytes,
    requestTimeout: http.requestTimeoutMs,
    keepAliveTimeout: http.keepAliveTimeoutMs,
    connectionTimeout: http.stalledTimeoutMs,
    http: {
      maxHeaderSize: http.headerLimitBytes,
      headersTimeout: http.headersTimeoutMs,
      // Fastify sets it later, but Node compares it with headersTimeout here.
      requestTimeout: http.requestTimeoutMs,
      connectionsCheckingInterval: http.timeoutCheckIntervalMs,
      ...UPGRADE_OPTIONS,
    },
    trustProxy: http.trustedProxies.length > 0 && [...http.trustedProxies],
    // Requests that arrive while the server closes are served, with connection: close.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
  });
  const server: Server = adapter.getHttpServer();
  server.maxConnections = http.connectionLimit;
  server.on('connection', destroyWhenStalled);
  limitConnections(server, http);
  ignoreOtherUpgrades(server);
  const fastify = adapter.getInstance();
  fastify.addHook('preParsing', (request, reply, _payload, done) => {
    if (/^(?:identity)?$/i.test(request.headers['content-encoding'] ?? '')) done();
    else {
      // RFC 9110, section 15.5.16: a 415 says which encodings are accepted.
      void reply.header('accept-encoding', 'identity');
      const message = 'A body must have no content-encoding';
      done(Object.assign(new Error(message), { statusCode: 415, expose: true }));
    }
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    if (request.raw.rawHeaders.length <= 2 * http.headerCountLimit) done();
    else
      void reply
        .code(431)
        .header('connection', 'close')
        .send({ statusCode: 431, message: 'Too many headers' });
  });
  return adapter;
}

/** Node does so itself except after an upgrade: a client could hold a rejected one open for good. */
function destroyWhenStalled(socket: Socket): void {
  // ws removes the timeout of sockets that it accepts.
  socket.on('timeout', () => {
    socket.destroy();
  });
}
