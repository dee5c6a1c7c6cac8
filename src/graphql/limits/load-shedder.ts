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
import { unavailableError } from '../errors/errors.js';

const GRAPHQL_PATH = '/graphql';

const shedRequests = new Counter({
  name: 'graphql_requests_shed_total',
  help: 'GraphQL requests rejected because too many were in progress.',
});

/** A queue that lasts longer is overload rather than a burst. */
const MAX_BURST_MS = 1_000;

/**
 * Limits the GraphQL requests in progress and rejects any more at once, so that accepted requests finish in time under
 * any load. A burst may fill up to `burstLimit`. A queue that stays only adds latency: after a second the limit
 * falls to `concurrencyLimit`, which keeps the process busy, until fewer than half of that are in progress. (The idea
 * of CoDel, RFC 8289, with requests instead of delays.)
 *
 * A request counts from when its body is complete until its response is ready, even if its client has disconnected.
 * Slow senders and slow readers do not count.
 */
@Injectable()
export class LoadShedder implements OnModuleInit {
  private readonly inProgress = new WeakSet<FastifyRequest>();
  private count = 0;
  private lastCalmAtMs = Date.now();

  constructor(
    private readonly host: HttpAdapterHost<FastifyAdapter>,
    @Inject(CONFIG) private readonly config: Pick<Config, 'http'>,
  ) {}

  onModuleInit(): void {
    const fastify = this.host.httpAdapter.getInstance();
    rejectBeforeFastify(
      fastify.server,
      (request) => this.isFull() && isForGraphQL(request),
      this.config.http,
    );
    fastify.addHook('preHandler', (request, reply, done) => {
      if (!isRoutedToGraphQL(request)) {
        done();
      } else if (this.isFull()) {
        reply.hijack();
        reject(request.raw, reply.raw, this.config.http);
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
    if (this.count < concurrencyLimit / 2) this.lastCalmAtMs = Date.now();
    const isOverloaded = this.count >= concurrencyLimit && Date.now() - this.lastCalmAtMs > MAX_BURST_MS;
    return isOverloaded || this.count >= burstLimit;
  }

  private enter(request: FastifyRequest): void {
    this.inProgress.add(request);
    this.count += 1;
  }

  private leave(request: FastifyRequest): void {
    if (this.inProgress.delete(request)) this.count -= 1;
  }
}

/** Runs before the router, with the path normalized as the router does it. */
function isForGraphQL({ method, url }: IncomingMessage): boolean {
  return method !== 'OPTIONS' && (url === GRAPHQL_PATH || requestPath(url) === GRAPHQL_PATH);
}

/** The router decides, whatever the spelling of the path. */
function isRoutedToGraphQL(request: FastifyRequest): boolean {
  return request.method !== 'OPTIONS' && request.routeOptions.url === GRAPHQL_PATH;
}

/**
 * Rejects requests before Fastify handles them and before their body is read. That costs a twentieth of a createOrder,
 * half of what a rejection in a Fastify hook costs, and under overload the accepted requests pay for it.
 */
function rejectBeforeFastify(
  server: Server,
  isRejected: (request: IncomingMessage) => boolean,
  http: Config['http'],
): void {
  const handlers = server.listeners('request') as RequestListener[];
  server.removeAllListeners('request').on('request', (request, response) => {
    if (isRejected(request)) reject(request, response, http);
    else for (const handle of handlers) handle(request, response);
  });
}

function reject(
  { headers: { origin } }: IncomingMessage,
  response: ServerResponse,
  http: Config['http'],
): void {
  shedRequests.inc();
  const error = unavailableError();
  const body = JSON.stringify({ errors: [error] });
  response.writeHead(503, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'retry-after': String(Math.ceil(error.extensions.retryAfterMs / 1_000)),
    'x-content-type-options': 'nosniff',
    // Without these headers a page of another origin can't read the status and retry-after.
    vary: 'Origin',
    ...(origin !== undefined && isAllowedOrigin(origin, http)
      ? { 'access-control-allow-origin': origin, 'access-control-expose-headers': 'retry-after' }
      : {}),
  });
  response.end(body);
}
