import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Config } from '../config/config.js';
import { limitConnections } from './connection-limit.js';
import { ignoreOtherUpgrades, UPGRADE_OPTIONS } from './upgrades.js';

/** The HTTP server, with an end to everything that a client could draw out. */
export function createHttpAdapter(http: Config['http']): FastifyAdapter {
  const adapter = new FastifyAdapter({
    bodyLimit: http.bodyLimitBytes,
    requestTimeout: http.requestTimeoutMs,
    keepAliveTimeout: http.keepAliveTimeoutMs,
    connectionTimeout: http.stalledTimeoutMs,
    http: {
      maxHeaderSize: http.headerLimitBytes,
      headersTimeout: http.headersTimeoutMs,
      // Fastify sets it again; Node compares the two already here.
      requestTimeout: http.requestTimeoutMs,
      connectionsCheckingInterval: http.timeoutCheckIntervalMs,
      ...UPGRADE_OPTIONS,
    },
    trustProxy: http.trustedProxies.length > 0 && [...http.trustedProxies],
    // Requests that arrive while the server closes are answered, and told to close their connection.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
  });
  const server: Server = adapter.getHttpServer();
  server.maxConnections = http.connectionLimit;
  server.on('connection', endWhenStalled);
  limitConnections(server, http);
  ignoreOtherUpgrades(server);
  const fastify = adapter.getInstance();
  fastify.addHook('preParsing', (request, reply, _payload, done) => {
    if (/^(?:identity)?$/i.test(request.headers['content-encoding'] ?? '')) done();
    else {
      // RFC 9110, section 15.5.16: it says what would have been taken.
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

/** As Node does itself, except after an upgrade: one that was refused could be held open for good. */
function endWhenStalled(socket: Socket): void {
  // ws takes the timeout away from those that it accepts.
  socket.on('timeout', () => {
    socket.destroy();
  });
}
