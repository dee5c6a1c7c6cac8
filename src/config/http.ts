import { ROLES } from './roles.js';
import type { EnvironmentReader } from './variables/environment-reader.js';
import { integer, secret, text } from './variables/scalars.js';
import { networks, origins } from './variables/lists.js';
import { section } from './variables/variable.js';

export const HTTP = section({
  title: 'HTTP server',
  introduction: 'Every role has one, for health and metrics at least.',
  roles: ROLES,
  variables: {
    port: integer('PORT', {
      unit: '',
      default: 4000,
      min: 0,
      max: 65_535,
      description: 'Port of the API, health and metrics. 0 picks a free one and logs it.',
    }),
    host: text('HOST', {
      default: (production) => (production ? '0.0.0.0' : '127.0.0.1'),
      description: 'Address to listen on. Outside production, its name is allowed in `Host` headers.',
      reason: 'Only production is meant to be reached from other machines.',
    }),
    allowedOrigins: origins('ALLOWED_ORIGINS', {
      description:
        "Origins of web pages that may call the API, the server's own pages included. Outside production, " +
        "all origins of this machine are allowed too, and pages and metrics are only served under this machine's " +
        'names, the one in `HOST` and those listed here.',
    }),
    trustedProxies: networks('TRUSTED_PROXIES', {
      description:
        'Load balancers whose `X-Forwarded-For` is believed. Name every one of them: connections from other ' +
        'addresses are limited by `HTTP_MAX_CONNECTIONS_PER_ADDRESS`.',
    }),
    metricsToken: secret('METRICS_TOKEN', {
      default: undefined,
      minBytes: 16,
      description:
        'Token that, sent as `Authorization: Bearer`, opens `/metrics` and the details of health. Without it, ' +
        'both are open outside production and closed in production.',
      reason: 'The minimum is 128 bits, which nobody guesses over a network.',
    }),
    bodyLimitBytes: integer('HTTP_BODY_LIMIT_BYTES', {
      unit: 'bytes',
      default: 100_000,
      min: 1_000,
      description: "Maximum size of a request's body.",
      reason: 'An order of 100 lines is about 8 KB; ten times that leaves room for the text of the query.',
    }),
    concurrencyLimit: integer('HTTP_CONCURRENCY_LIMIT', {
      unit: 'requests',
      default: 100,
      min: 1,
      roles: ['api'],
      description:
        'GraphQL requests in progress while the process is overloaded; more are answered 503 at once. It is ' +
        'overloaded after a second with this many or more.',
      reason: 'Ten for each database connection keep a process busy.',
    }),
    burstLimit: integer('HTTP_BURST_LIMIT', {
      unit: 'requests',
      default: 500,
      min: 1,
      roles: ['api'],
      description:
        'GraphQL requests in progress during a burst; more are answered 503 at once. Must not be smaller than ' +
        '`HTTP_CONCURRENCY_LIMIT`.',
      reason: 'The last request of such a burst waits half a second.',
    }),
    headerLimitBytes: integer('HTTP_HEADER_LIMIT_BYTES', {
      unit: 'bytes',
      default: 16_384,
      min: 1_000,
      description: "Maximum size of a request's headers.",
      reason: 'A token is below 4 KB, and so is what browsers and load balancers add.',
    }),
    headerCountLimit: integer('HTTP_HEADER_COUNT_LIMIT', {
      unit: 'headers',
      default: 100,
      min: 10,
      max: 2_000,
      description: 'Maximum number of headers in a request.',
      reason:
        'Browsers and load balancers send about 30. Node.js silently drops those after the first 2,000.',
    }),
    headersTimeoutMs: integer('HTTP_HEADERS_TIMEOUT_MS', {
      unit: 'ms',
      default: 10_000,
      min: 100,
      description:
        'Time for the headers of a request to arrive, and for the first byte on a new connection. Must not be ' +
        'longer than `HTTP_REQUEST_TIMEOUT_MS`.',
      reason: 'Headers fit in a packet or two, even over a bad line.',
    }),
    requestTimeoutMs: integer('HTTP_REQUEST_TIMEOUT_MS', {
      unit: 'ms',
      default: 20_000,
      min: 100,
      description: 'Time for a whole request to arrive.',
      reason: 'The largest webhook at 13 KB a second.',
    }),
    timeoutCheckIntervalMs: integer('HTTP_TIMEOUT_CHECK_INTERVAL_MS', {
      unit: 'ms',
      default: 1_000,
      min: 10,
      description: 'Interval at which the timeouts of requests and answers are checked.',
      reason: 'How late those timeouts may be. A check visits unfinished requests only.',
    }),
    keepAliveTimeoutMs: integer('HTTP_KEEP_ALIVE_TIMEOUT_MS', {
      unit: 'ms',
      default: 65_000,
      min: 100,
      description: 'How long an idle connection is kept for the next request.',
      reason: 'Longer than the usual 60 s of load balancers: the server must not be the first to close.',
    }),
    stalledTimeoutMs: integer('HTTP_STALLED_TIMEOUT_MS', {
      unit: 'ms',
      default: 60_000,
      min: 100,
      description: 'A connection on which no byte moves in either direction for this long is closed.',
      reason: 'Far longer than the slowest answer takes.',
    }),
    sendTimeoutMs: integer('HTTP_SEND_TIMEOUT_MS', {
      unit: 'ms',
      default: 30_000,
      min: 100,
      description: 'Time for the client to read an answer, once it is ready.',
      reason: 'A page of a hundred orders with everything in it, below 1 MB, at 30 KB a second.',
    }),
    connectionLimit: integer('HTTP_CONNECTION_LIMIT', {
      unit: 'connections',
      default: 12_000,
      min: 1,
      description: 'Maximum number of open connections, WebSockets included. More are cut at once.',
      reason: 'The 10,000 WebSockets of `WEBSOCKET_LIMIT`, and room for requests.',
    }),
    maxConnectionsPerAddress: integer('HTTP_MAX_CONNECTIONS_PER_ADDRESS', {
      unit: 'connections',
      default: 2_000,
      min: 1,
      description:
        'Maximum number of connections from one address (a /64 of IPv6). Those from trusted proxies are not ' +
        'counted, and WebSockets count for their customer once they are authenticated.',
      reason: 'A sixth of all: what an office or a mobile network behind one address has open.',
    }),
    customerMaxUnsentBytes: integer('CUSTOMER_MAX_UNSENT_BYTES', {
      unit: 'bytes',
      default: 8_388_608,
      min: 1_024,
      roles: ['api'],
      description: 'Maximum of unsent bytes for one customer, over all of its WebSockets and answers.',
      reason: 'The largest answer has about 5 MB, and WebSockets mostly have nothing unsent.',
    }),
    backlogLimit: integer('HTTP_BACKLOG_LIMIT', {
      unit: 'connections',
      default: 4_096,
      min: 1,
      max: 65_535,
      description: 'Maximum number of connections that wait to be accepted.',
      reason:
        "Linux's own maximum. A client whose connection finds no room tries again after 1, 3 and 7 seconds.",
    }),
    shutdownGraceMs: integer('SHUTDOWN_GRACE_MS', {
      unit: 'ms',
      default: 20_000,
      min: 100,
      description: 'Time to finish requests and jobs in progress when the process stops.',
      reason: 'Below the 30 s after which orchestrators kill.',
    }),
    drainDelayMs: integer('SHUTDOWN_DRAIN_DELAY_MS', {
      unit: 'ms',
      default: (production) => (production ? 3_000 : 0),
      min: 0,
      description: 'How long a stopping process is not ready but still accepts requests.',
      reason:
        'Load balancers need to notice it first: a listener that closes at once cuts requests on their way.',
    }),
  },
});

/** Who may read metrics and the details of health: everybody, those with the token, or nobody. */
export type MetricsAccess =
  | { readonly kind: 'open' }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'closed' };

export function httpSettings(reader: EnvironmentReader) {
  const { metricsToken, ...settings } = reader.read(HTTP);
  // Nothing is said of a default that stands in for an invalid value.
  const areValid = (...names: string[]) => !names.some((name) => reader.hasFault(name));
  const { headersTimeoutMs, requestTimeoutMs, burstLimit, concurrencyLimit } = settings;
  if (headersTimeoutMs > requestTimeoutMs && areValid('HTTP_HEADERS_TIMEOUT_MS', 'HTTP_REQUEST_TIMEOUT_MS'))
    reader.fault('HTTP_HEADERS_TIMEOUT_MS', 'must not be longer than HTTP_REQUEST_TIMEOUT_MS');
  if (burstLimit < concurrencyLimit && areValid('HTTP_BURST_LIMIT', 'HTTP_CONCURRENCY_LIMIT'))
    reader.fault('HTTP_BURST_LIMIT', 'must not be smaller than HTTP_CONCURRENCY_LIMIT');
  const { production } = reader.context;
  return {
    ...settings,
    metrics: metricsAccess(metricsToken, production),
    // For the playground, and for front ends in development.
    allowLoopbackOrigins: !production,
  };
}

function metricsAccess(token: string | undefined, production: boolean): MetricsAccess {
  if (token !== undefined) return { kind: 'token', token };
  return { kind: production ? 'closed' : 'open' };
}
