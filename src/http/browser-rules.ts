import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import type { Config } from '../config/config.js';
import { isAllowedOrigin } from './allowed-origins.js';

/** The one path for pages of other origins. */
const API_PATH = '/graphql';
/** Chromium's longest; other browsers ask at most once a day. */
const PREFLIGHT_MAX_AGE_SECONDS = 7_200;

/** What GraphQL clients, and tracing libraries in the page, send of their own accord. */
const ALLOWED_HEADERS = [
  ...['authorization', 'content-type', 'apollo-require-preflight', 'x-apollo-operation-name'],
  ...['apollographql-client-name', 'apollographql-client-version'],
  ...['traceparent', 'tracestate', 'baggage', 'sentry-trace', 'x-request-id'],
];

/** What browsers are told with every answer: what a page may do with it, and which pages may ask at all. */
export function setBrowserRules(
  app: NestFastifyApplication,
  { environment, http }: Pick<Config, 'environment' | 'http'>,
): void {
  app.useSecurityHeaders({
    // Answers are data. Whoever opens one as a page gets nothing that runs, loads or is framed.
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: "'none'", baseUri: "'none'", formAction: "'none'", frameAncestors: "'none'" },
    },
    xFrameOptions: { action: 'deny' },
    // Other hosts below this one's name may not speak TLS: that is for their own answers to say.
    strictTransportSecurity: environment === 'production' && { includeSubDomains: false },
  });
  const instance = app.getHttpAdapter().getInstance();
  // What can be kept, such as the playground's files, says so itself.
  instance.addHook('onRequest', (_request, reply, done) => {
    void reply.header('cache-control', 'no-store');
    done();
  });
  // No credentials: the token is in a header of the page's own, never in a cookie.
  const allowed = {
    origin: true,
    methods: ['GET', 'POST'],
    allowedHeaders: ALLOWED_HEADERS,
    exposedHeaders: ['retry-after'],
    maxAge: PREFLIGHT_MAX_AGE_SECONDS,
  };
  app.enableCors({
    delegator: (request: FastifyRequest, answer) => {
      const { origin } = request.headers;
      const fromAPage = origin !== undefined && request.routeOptions.url === API_PATH;
      answer(null, fromAPage && isAllowedOrigin(origin, http) ? allowed : { origin: false });
    },
  });
}
