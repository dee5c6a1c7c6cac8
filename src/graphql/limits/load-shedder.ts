import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { Counter } from 'prom-client';
import type { Config } from '../../config/config.js';
import { isAllowedOrigin } from '../../http/allowed-origins.js';
import { CONFIG } from '../../config/token.js';
import { requestPath } from '../../http/request-path.js';
import { comeBackLater } from '../errors/errors.js';

const GRAPHQL_PATH = '/graphql';

const shed = new Counter({
  name: 'graphql_requests_shed_total',
  help: 'GraphQL requests that were not taken because too many were under way.',
});

/** So long a queue may stand before it is taken for overload, and not for a burst. */
const BURST_MS = 1_000;

/**
 * Takes so many GraphQL requests at a time and tells the others at once to come back: work that is begun is
 * finished in time, whatever else comes. A burst finds many places. A queue that stands only makes everybody wait,
 * so that after a second there are as many as keep the process busy, until it has been calm again (the idea of
 * CoDel, RFC 8289, with places for delays).
 *
 * A request counts from the moment that its whole body is here until its answer is ready, be its client gone: slow
 * senders and slow readers hold no place.
 */
@Injectable()
export class LoadShedder implements OnModuleInit {
  private readonly underWay = new WeakSet<FastifyRequest>();
  private count = 0;
  private calmAtMs = Date.now();

  constructor(
    private readonly host: HttpAdapterHost<FastifyAdapter>,
    @Inject(CONFIG) private readonly config: Pick<Config, 'http'>,
  ) {}

  onModuleInit(): void {
    const fastify = this.host.httpAdapter.getInstance();
    refuseBefore(fastify.server, (request) => this.isFull() && isForGraphQL(request), this.config.http);
    fastify.addHook('preHandler', (request, reply, done) => {
      if (!isRoutedToGraphQL(request)) {
        done();
      } else if (this.isFull()) {
        reply.hijack();
        refuse(request.raw, reply.raw, this.config.http);
      } else {
        this.enter(request);
        done();
      }
    });
    fastify.addHook('onSend', (request, _reply, _payload, done) => {
      this.leave(request);
      done();
    });
  }

  private isFull(): boolean {
    const { burstLimit, concurrencyLimit } = this.config.http;
    if (this.count < concurrencyLimit / 2) this.calmAtMs = Date.now();
    const stands = this.count >= concurrencyLimit && Date.now() - this.calmAtMs > BURST_MS;
    return stands || this.count >= burstLimit;
  }

  private enter(request: FastifyRequest): void {
    this.underWay.add(request);
    this.count += 1;
  }

  private leave(request: FastifyRequest): void {
    if (this.underWay.delete(request)) this.count -= 1;
  }
}

/** Before it is routed, and by the same form of the path. */
function isForGraphQL({ method, url }: IncomingMessage): boolean {
  return method !== 'OPTIONS' && (url === GRAPHQL_PATH || requestPath(url) === GRAPHQL_PATH);
}

/** The router has the last word, however the path was spelled. */
function isRoutedToGraphQL(request: FastifyRequest): boolean {
  return request.method !== 'OPTIONS' && request.routeOptions.url === GRAPHQL_PATH;
}

/**
 * In front of Fastify, and before the body is read: whoever is not taken costs a twentieth of a create this way,
 * and nearly twice that behind Fastify's hooks; under overload it is the others who pay.
 */
function refuseBefore(
  server: Server,
  isRefused: (request: IncomingMessage) => boolean,
  http: Config['http'],
): void {
  const handlers = server.listeners('request') as RequestListener[];
  server.removeAllListeners('request').on('request', (request, response) => {
    if (isRefused(request)) refuse(request, response, http);
    else for (const handle of handlers) handle(request, response);
  });
}

function refuse(
  { headers: { origin } }: IncomingMessage,
  response: ServerResponse,
  http: Config['http'],
): void {
  shed.inc();
  const error = comeBackLater();
  const body = JSON.stringify({ errors: [error] });
  response.writeHead(503, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'retry-after': String(Math.ceil(error.extensions.retryAfterMs / 1_000)),
    'x-content-type-options': 'nosniff',
    // Without these a page is not told that it is to come back.
    vary: 'Origin',
    ...(origin !== undefined && isAllowedOrigin(origin, http)
      ? { 'access-control-allow-origin': origin, 'access-control-expose-headers': 'retry-after' }
      : {}),
  });
  response.end(body);
}
