import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import type { Config } from '../config/config.js';
import { isAllowedOrigin } from './allowed-origins.js';

/** The only path that pages of other origins may use. */
const API_PATH = '/graphql';
/** Chromium's maximum. */
const PREFLIGHT_MAX_AGE_SECONDS = 7_200;

/** Headers that GraphQL clients, and tracing libraries in the page, add by themselves. */
const ALLOWED_HEADERS = [
  ...['authorization', 'content-type', 'apollo-require-preflight', 'x-apollo-operation-name'],
  ...['apollographql-client-name', 'apollographql-client-version'],
  ...['traceparent', 'tracestate', 'baggage', 'sentry-trace', 'x-request-id'],
];

/** Sets the security headers, and the CORS rules, of every response. */
export function setBrowserRules(
  app: NestFastifyApplication,
  { environment, http }: Pick<Config, 'environment' | 'http'>,
): void {
  app.useSecurityHeaders({
    // Responses are data: opened as a page, they run, load and frame nothing.
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: "'none'", baseUri: "'none'", formAction: "'none'", frameAncestors: "'none'" },
    },
    xFrameOptions: { action: 'deny' },
    // Subdomains may not support TLS, and can set the header themselves.
    strictTransportSecurity: environment === 'production' && { includeSubDomains: false },
  });
  const instance = app.getHttpAdapter().getInstance();
  // Routes that can be cached, such as the playground's files, overwrite it.
  instance.addHook('onRequest', (_request, reply, done) => {
    void reply.header('cache-control', 'no-store');
    done();
  });
  // No credentials: the page sends its token in a header, never in a cookie.
  const allowed = {
    origin: true,
    methods: ['GET', 'POST'],
    allowedHeaders: ALLOWED_HEADERS,
    exposedHeaders: ['retry-after'],
    maxAge: PREFLIGHT_MAX_AGE_SECONDS,
  };
  app.enableCors({
    delegator: (request: FastifyRequest, callback) => {
      const { origin } = request.headers;
      const isFromPage = origin !== undefined && request.routeOptions.url === API_PATH;
      callback(null, isFromPage && isAllowedOrigin(origin, http) ? allowed : { origin: false });
    },
  });
}
